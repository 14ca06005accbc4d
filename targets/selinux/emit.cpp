#include "targets/selinux/emit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "targets/selinux/grouping.h"
#include "targets/selinux/probe.h"

namespace bh {
namespace {

// User text inside a CIL comment: a line break would end the comment and start a statement.
std::string one_line(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return result;
}

class Writer {
 public:
  Writer(const Model& model, CilModule& module)
      : model_(model), plan_(module.plan), module_(module) {
    for (GroupId id : model.groups.ids()) {
      TypeGroup& group = groups_.emplace_back(TypeGroup{plan_.names.attributes[id.value], {}});
      for (ComponentId member : model.groups[id].members)
        group.types.push_back(plan_.names.type(member));
    }
  }

  void write() {
    line("; {} {}: type enforcement", model_.name, one_line(model_.version));
    approximations();
    types();
    roles();
    groups();
    booleans();
    classes();
    granted();
    forbidden();
    contexts();
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    module_.text += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  void approximations() {
    for (const Weakened& weakened : plan_.approximations) {
      line("; approximated: {}, because \"{}\"", weakened.name, one_line(weakened.because));
      for (const std::string& cell : weakened.cells) line(";   {}", cell);
    }
  }

  void types() {
    line("\n; components and objects");
    for (ComponentId id : model_.components.ids()) {
      const std::string& type = plan_.names.type(id);
      line("(type {})  ; {}", type, model_.components[id].name);
      if (!plan_.names.role(id).empty()) line("(roletype {} {})", plan_.names.role(id), type);
      if (!plan_.names.program(id).empty())
        line("(type {})  ; its program", plan_.names.program(id));
    }
    const std::set<std::string>& processes = module_.scope.processes;
    if (processes.empty()) return;
    line("; what a distribution gives to every process");
    line("(optional {}_in_{} (typeattributeset {} ({})))", *processes.begin(), ProcessAttribute,
         ProcessAttribute, fmt::join(processes, " "));
  }

  void roles() {
    bool first = true;
    for (const SelinuxNames::Declared& each : plan_.names.declared) {
      if (each.kind != SelinuxNames::Kind::Role) continue;
      if (first) line("\n; roles");
      first = false;
      line("(role {})\n(userrole system_u {})", each.name, each.name);
    }
    std::set<std::pair<std::string_view, std::string_view>> allowed;
    for (const SelinuxPlan::RoleChange& change : plan_.role_changes) {
      if (allowed.emplace(change.from, change.to).second)
        line("(roleallow {} {})", change.from, change.to);
      line("(roletransition {} {} process {})", change.from, change.program, change.to);
    }
  }

  // Kept in the binary, so that their members can be read back.
  void groups() {
    if (model_.groups.size() > 0) line("\n; groups");
    for (GroupId id : model_.groups.ids())
      attribute(groups_[id.value], model_.groups[id].name, true);
  }

  void attribute(const TypeGroup& group, std::string_view what, bool kept) {
    line("(typeattribute {})  ; {}", group.attribute, what);
    if (!group.types.empty())
      line("(typeattributeset {} ({}))", group.attribute, fmt::join(group.types, " "));
    line("(expandtypeattribute {} {})", group.attribute, !kept);
  }

  void booleans() {
    const SelinuxSettings& settings = plan_.settings;
    if (!settings.booleans.empty()) line("\n; variants");
    for (size_t b = 0; b < settings.booleans.size(); ++b)
      line("(boolean {} {})", settings.booleans[b], settings.values.front()[b] ? "true" : "false");
  }

  void classes() {
    std::vector<std::string> added;
    line("\n; interfaces");
    for (InterfaceId id : model_.interfaces.ids()) {
      const Interface& interface = model_.interfaces[id];
      const SelinuxNames::ObjectClass& object_class = plan_.names.object_class(id);
      if (!object_class.used) continue;
      if (object_class.from_kernel) {
        line("; {} is the kernel's class {}", interface.name, object_class.name);
        continue;
      }
      std::vector<std::string> permissions;
      for (MethodId method : interface.methods) permissions.push_back(model_.methods[method].name);
      line("(class {} ({}))  ; {}", object_class.name, fmt::join(permissions, " "), interface.name);
      added.push_back(object_class.name);
    }
    if (!added.empty()) line("(classorder (unordered {}))", fmt::join(added, " "));
  }

  static std::string access(std::string_view keyword, const GroupedRule& rule) {
    return fmt::format("({} {} {} ({} ({})))  ; {}", keyword, rule.source, rule.target,
                       rule.object_class, fmt::join(rule.permissions, " "),
                       fmt::join(rule.reasons, ", "));
  }

  static std::string transition(const SelinuxPlan::Start& start) {
    return fmt::format("(typetransition {} {} process {})  ; {}", start.starter, start.program,
                       start.process, fmt::join(start.reasons, ", "));
  }

  void granted() {
    std::map<SettingSet, std::vector<std::string>> conditional;
    line("\n; granted");
    const auto put = [&](const SettingSet& where, std::string text) {
      if (is_every(where)) {
        line("{}", text);
      } else {
        conditional[where].push_back(std::move(text));
      }
    };
    for (const GroupedRule& rule : grouped(plan_.granted, groups_)) {
      put(rule.where, access("allow", rule));
      ++module_.allow_rules;
    }
    for (const SelinuxPlan::Start& start : plan_.starts) put(start.where, transition(start));
    for (const auto& [where, texts] : conditional) {
      line("(booleanif {}\n    (true", condition_of(plan_.settings, where));
      for (const std::string& text : texts) line("        {}", text);
      line("    ))");
    }
  }

  void forbidden() {
    const JoinedRules joined_rules =
        joined(grouped(plan_.forbidden, groups_), [&](size_t n) { return set_name(n); });
    module_.neverallow_rules = joined_rules.rules.size();
    if (!joined_rules.rules.empty()) line("\n; denied, and never to be granted");
    for (const TypeGroup& set : joined_rules.sets)
      attribute(set, "of the rules below alone", false);
    for (const GroupedRule& rule : joined_rules.rules) line("{}", access("neverallow", rule));
  }

  // Not the name of something else, which may have any.
  std::string set_name(size_t n) const {
    std::string name = fmt::format("{}_never_{}", plan_.names.prefix, n + 1);
    const auto taken = [&] {
      return std::ranges::find(plan_.names.declared, name, &SelinuxNames::Declared::name) !=
             plan_.names.declared.end();
    };
    while (taken()) name += '_';
    return name;
  }

  // Which CIL takes only where the role of files may have the type.
  void contexts() {
    std::set<std::string_view> types;
    if (!plan_.contexts.empty()) line("\n; files");
    for (const SelinuxPlan::FileContext& context : plan_.contexts) {
      if (types.insert(context.type).second) line("(roletype object_r {})", context.type);
      line("(filecon \"{}\" {} (system_u object_r {} ((s0) (s0))))", context.path,
           context.only_files ? "file" : "any", context.type);
    }
  }

  const Model& model_;
  const SelinuxPlan& plan_;
  CilModule& module_;
  std::vector<TypeGroup> groups_;
};

}  // namespace

std::optional<CilModule> emit_cil(std::span<const CheckedModel> settings, DiagnosticSink& sink) {
  std::optional<SelinuxPlan> plan = plan_selinux(settings, sink);
  if (!plan) return std::nullopt;
  const Model& model = *settings.front();
  CilModule module;
  module.plan = std::move(*plan);
  module.facts = facts_of(module.plan, model);
  module.scope = scope_of(module.plan, model);
  Writer(model, module).write();
  return module;
}

}  // namespace bh
