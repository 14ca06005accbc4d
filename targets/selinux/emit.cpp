#include "targets/selinux/emit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace bh {
namespace {

std::string print_cell(const Model& model, const Cell& cell) {
  return model.components[cell.subject].name + " -> " + print(model, cell.operation);
}

// User text inside a CIL comment: a line break would end the comment and start a statement.
std::string one_line(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return result;
}

// ---- what cannot be expressed
// ------------------------------------------------------------------------

// Which approximations the cells need, and which the policy gives.
class Approximations {
 public:
  Approximations(const Model& model, const std::vector<Cell>& cells) : model_(model) {
    for (const Cell& cell : cells) {
      for (RuleId rule : cell.conditional) rules_[rule].push_back(&cell);
      for (ProtocolId protocol : cell.protocols) protocols_[protocol].push_back(&cell);
    }
  }

  void check(DiagnosticSink& sink) const {
    std::set<RuleId> rules;
    std::set<ProtocolId> protocols;
    for (const SelinuxTarget::Approximation& given : given_approximations()) {
      if (given.rule.valid()) rules.insert(given.rule);
      if (given.protocol.valid()) protocols.insert(given.protocol);
      if (uses(given) == nullptr) {
        sink.report(given.span, diag::UnusedApproximation, name_of(given))
            .help("remove it from the selinux target");
      }
    }
    for (const auto& [rule, cells] : rules_) {
      if (rules.count(rule) == 0) report_rule(sink, model_.rules[rule], *cells.front());
    }
    for (const auto& [protocol, cells] : protocols_) {
      if (protocols.count(protocol) == 0)
        report_protocol(sink, model_.protocols[protocol], *cells.front());
    }
  }

  std::vector<CilModule::Weakened> weakened() const {
    std::vector<CilModule::Weakened> result;
    for (const SelinuxTarget::Approximation& given : given_approximations()) {
      const std::vector<const Cell*>* cells = uses(given);
      if (cells == nullptr) continue;
      CilModule::Weakened& added = result.emplace_back();
      added.name = name_of(given);
      added.because = given.because;
      for (const Cell* cell : *cells) added.cells.push_back(print_cell(model_, *cell));
    }
    return result;
  }

 private:
  std::vector<SelinuxTarget::Approximation> given_approximations() const {
    return model_.selinux ? model_.selinux->approximations
                          : std::vector<SelinuxTarget::Approximation>{};
  }

  const std::string& name_of(const SelinuxTarget::Approximation& given) const {
    return given.rule.valid() ? model_.rules[given.rule].name
                              : model_.protocols[given.protocol].name;
  }

  // The cells for which the approximation is needed; null when there are none.
  const std::vector<const Cell*>* uses(const SelinuxTarget::Approximation& given) const {
    if (given.rule.valid()) {
      const auto at = rules_.find(given.rule);
      return at == rules_.end() ? nullptr : &at->second;
    }
    const auto at = protocols_.find(given.protocol);
    return at == protocols_.end() ? nullptr : &at->second;
  }

  void report_rule(DiagnosticSink& sink, const Rule& rule, const Cell& cell) const {
    const Span span = rule.condition_span.valid() ? rule.condition_span : rule.span;
    sink.report(span, diag::RuleNotExpressible, rule.name)
        .note("SELinux decides " + print_cell(model_, cell) + " without seeing its arguments")
        .help(fmt::format("write `approximate {} because \"...\"` in the selinux target to {}",
                          rule.name,
                          rule.kind == RuleKind::Allow ? "grant it for all arguments"
                                                       : "leave it to the monitor"));
  }

  void report_protocol(DiagnosticSink& sink, const Protocol& protocol, const Cell& cell) const {
    sink.report(protocol.span, diag::ProtocolNotExpressible, protocol.name)
        .note("SELinux decides " + print_cell(model_, cell) + " without a state")
        .help(fmt::format("write `approximate {} because \"...\"` in the selinux target to grant "
                          "it in every state",
                          protocol.name));
  }

  const Model& model_;
  std::map<RuleId, std::vector<const Cell*>> rules_;
  std::map<ProtocolId, std::vector<const Cell*>> protocols_;
};

// ---- rules as text
// -----------------------------------------------------------------------------------

// The key of one allow or neverallow rule.
struct AccessKey {
  ComponentId subject;
  ComponentId owner;
  InterfaceId interface;
  auto operator<=>(const AccessKey&) const = default;
};

struct Access {
  std::vector<std::string> permissions;  // no duplicates
  std::vector<std::string> reasons;      // names of rules or properties; no duplicates
};

using Accesses = std::map<AccessKey, Access>;

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

void add(Accesses& accesses, const Model& model, ComponentId subject, OperationId operation,
         const std::string& reason) {
  const Endpoint& endpoint = model.endpoint_of(operation);
  Access& access = accesses[{subject, endpoint.owner, endpoint.interface}];
  add_once(access.permissions, model.method_of(operation).name);
  add_once(access.reasons, reason);
}

class Emitter {
 public:
  Emitter(const Model& model, DiagnosticSink& sink) : model_(model), sink_(sink) {}

  std::optional<CilModule> run(const CheckedModel& checked) {
    const size_t errors = sink_.count(Severity::Error);
    std::optional<SelinuxNames> names = selinux_names(checked, sink_);
    module_.cells = grantable_cells(checked);
    const Approximations approximations(model_, module_.cells);
    approximations.check(sink_);
    if (names) module_.names = std::move(*names);
    if (sink_.count(Severity::Error) != errors) return std::nullopt;
    collect_denies();
    check_distinct();
    check_forbidden();
    if (sink_.count(Severity::Error) != errors) return std::nullopt;
    module_.approximations = approximations.weakened();
    write();
    return std::move(module_);
  }

 private:
  // What SELinux sees of an operation.
  using Seen = std::tuple<ComponentId, std::string, std::string>;
  Seen seen(OperationId id) const {
    const Endpoint& endpoint = model_.endpoint_of(id);
    return {endpoint.owner, module_.names.object_class(endpoint.interface).name,
            model_.method_of(id).name};
  }

  // Two operations that look alike must be granted to the same subjects.
  void check_distinct() {
    std::map<Seen, std::vector<OperationId>> alike;
    for (OperationId id : model_.operations.ids()) alike[seen(id)].push_back(id);
    std::set<std::pair<ComponentId, OperationId>> granted;
    for (const Cell& cell : module_.cells) granted.insert({cell.subject, cell.operation});
    for (const Cell& cell : module_.cells) {
      for (OperationId other : alike[seen(cell.operation)]) {
        if (granted.count({cell.subject, other}) > 0) continue;
        sink_
            .report(model_.endpoint_of(other).span, diag::OperationsIndistinct,
                    print(model_, other), print(model_, cell.operation),
                    model_.components[cell.subject].name)
            .label(model_.rules[cell.allowed_by.front()].span,
                   "the rule that grants only the latter");
      }
    }
  }

  void collect_denies() {
    for (const Rule& rule : model_.rules) {
      if (rule.kind == RuleKind::Deny) forbid(rule.subjects, rule.targets, rule.name, rule.span);
    }
    for (const Property& property : model_.properties) {
      if (const auto* never = std::get_if<NeverRequest>(&property.body)) {
        forbid(never->subjects, never->targets, property.name, property.span);
      }
    }
  }

  void forbid(const std::vector<ComponentId>& subjects,
              const std::vector<ConditionalOperation>& targets, const std::string& name,
              Span span) {
    for (const ConditionalOperation& target : targets) {
      if (!always_holds(model_, target)) continue;
      for (ComponentId subject : subjects) {
        if (model_.components[subject].kind == ComponentKind::Object) continue;
        if (!covers(model_, target, subject)) continue;
        add(forbidden_, model_, subject, target.operation, name);
        forbidden_by_[{subject, target.operation}] = {name, span};
      }
    }
  }

  void check_forbidden() {
    for (const Cell& cell : module_.cells) {
      const auto at = forbidden_by_.find({cell.subject, cell.operation});
      if (at == forbidden_by_.end()) continue;
      sink_
          .report(at->second.second, diag::ForbiddenGranted, model_.components[cell.subject].name,
                  print(model_, cell.operation), at->second.first)
          .label(model_.rules[cell.allowed_by.front()].span, "granted here");
    }
  }

  void write() {
    line("; {} {}: type enforcement", model_.name, one_line(model_.version));
    write_approximations();
    write_types();
    write_classes();
    write_allows();
    write_neverallows();
  }

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    module_.text += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  void write_approximations() {
    for (const CilModule::Weakened& weakened : module_.approximations) {
      line("; approximated: {}, because \"{}\"", weakened.name, one_line(weakened.because));
      for (const std::string& cell : weakened.cells) line(";   {}", cell);
    }
  }

  void write_types() {
    line("\n; components and objects");
    for (ComponentId id : model_.components.ids()) {
      const std::string& type = module_.names.type(id);
      line("(type {})  ; {}", type, model_.components[id].name);
      if (model_.components[id].kind == ComponentKind::Component)
        line("(roletype system_r {})", type);
    }
  }

  void write_classes() {
    std::vector<std::string> added;
    line("\n; interfaces");
    for (InterfaceId id : model_.interfaces.ids()) {
      const Interface& interface = model_.interfaces[id];
      const SelinuxNames::ObjectClass& object_class = module_.names.object_class(id);
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

  void write_allows() {
    Accesses granted;
    for (const Cell& cell : module_.cells) {
      for (RuleId rule : cell.allowed_by) {
        add(granted, model_, cell.subject, cell.operation, model_.rules[rule].name);
      }
    }
    line("\n; granted");
    write_accesses("allow", granted);
    module_.allow_rules = granted.size();
  }

  void write_neverallows() {
    if (forbidden_.empty()) return;
    line("\n; denied, and never to be granted");
    write_accesses("neverallow", forbidden_);
    module_.neverallow_rules = forbidden_.size();
  }

  void write_accesses(std::string_view keyword, const Accesses& accesses) {
    for (const auto& [key, access] : accesses) {
      line("({} {} {} ({} ({})))  ; {}", keyword, module_.names.type(key.subject),
           module_.names.type(key.owner), module_.names.object_class(key.interface).name,
           fmt::join(access.permissions, " "), fmt::join(access.reasons, ", "));
    }
  }

  const Model& model_;
  DiagnosticSink& sink_;
  CilModule module_;
  Accesses forbidden_;
  std::map<std::pair<ComponentId, OperationId>, std::pair<std::string, Span>> forbidden_by_;
};

}  // namespace

std::optional<CilModule> emit_cil(const CheckedModel& model, DiagnosticSink& sink) {
  return Emitter(*model, sink).run(model);
}

}  // namespace bh
