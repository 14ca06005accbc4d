#include "targets/selinux/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "targets/selinux/paths.h"

namespace bh {
namespace {

// What the kernel asks of whoever executes a program, and of the process that it becomes. A shell
// or a service manager looks at the program's mode first.
constexpr std::string_view StarterNeeds[] = {"getattr", "open", "read", "execute"};
constexpr std::string_view ProcessNeeds[] = {"entrypoint", "read", "map", "execute"};

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

// One by one, no fact twice, in the order in which they came.
class Accesses {
 public:
  explicit Accesses(size_t settings) : settings_(settings) {}

  SelinuxPlan::Access& add(TeFact fact, const std::string& reason) {
    const auto [at, added] = index_.emplace(std::move(fact), accesses_.size());
    if (added) accesses_.push_back({at->first, no_setting(settings_), {}});
    SelinuxPlan::Access& access = accesses_[at->second];
    add_once(access.reasons, reason);
    return access;
  }

  bool has(const TeFact& fact) const { return index_.count(fact) > 0; }
  bool has(const TeFact& fact, size_t setting) const {
    const auto at = index_.find(fact);
    return at != index_.end() && accesses_[at->second].where[setting];
  }
  std::vector<SelinuxPlan::Access> take() { return std::move(accesses_); }

 private:
  size_t settings_;
  std::map<TeFact, size_t> index_;
  std::vector<SelinuxPlan::Access> accesses_;
};

class Planner {
 public:
  Planner(std::span<const CheckedModel> settings, DiagnosticSink& sink)
      : models_(settings),
        model_(*settings.front()),
        sink_(sink),
        approximations_(model_),
        granted_(settings.size()),
        forbidden_(settings.size()) {}

  std::optional<SelinuxPlan> run() {
    const size_t errors = sink_.count(Severity::Error);
    const auto failed = [&] { return sink_.count(Severity::Error) != errors; };
    std::optional<SelinuxNames> names = selinux_names(models_, sink_);
    if (names) plan_.names = std::move(*names);
    name_settings();
    for (const CheckedModel& model : models_) {
      plan_.cells.push_back(grantable_cells(model));
      approximations_.need(plan_.cells.back());
    }
    label();
    if (names) {
      for (size_t s = 0; s < models_.size(); ++s) grant(s);
      for (size_t s = 0; s < models_.size(); ++s) find_indistinct(s);
    }
    approximations_.report(sink_);
    if (failed()) return std::nullopt;
    programs();
    report_indistinct();
    forbid();
    if (failed()) return std::nullopt;
    plan_.granted = granted_.take();
    plan_.forbidden = forbidden_.take();
    plan_.approximations = approximations_.weakened();
    return std::move(plan_);
  }

 private:
  const std::string& type(ComponentId id) const { return plan_.names.type(id); }

  void name_settings() {
    const std::vector<VariantId> open = open_variants(models_);
    if (!plan_.names.booleans.empty()) {
      for (VariantId id : open) plan_.settings.booleans.push_back(plan_.names.booleans[id.value]);
    }
    for (const CheckedModel& model : models_) {
      std::vector<bool>& values = plan_.settings.values.emplace_back();
      for (VariantId id : open) values.push_back(model->variants[id].chosen != 0);
    }
  }

  // ---- granted

  std::vector<TeFact> facts_of(ComponentId subject, OperationId operation) const {
    const SelinuxAccess access = access_of(model_, plan_.names, operation);
    std::vector<TeFact> facts;
    for (const std::string& permission : access.permissions) {
      facts.push_back(
          {type(subject), type(model_.owner_of(operation)), access.object_class, permission});
    }
    return facts;
  }

  void grant(size_t setting) {
    for (const Cell& cell : plan_.cells[setting]) {
      for (RuleId rule : cell.allowed_by) {
        const std::string& reason = model_.rules[rule].name;
        for (TeFact& fact : facts_of(cell.subject, cell.operation))
          granted_.add(std::move(fact), reason).where[setting] = true;
        if (starts_program(model_, plan_.names, cell.operation))
          start(cell.subject, model_.owner_of(cell.operation), reason, setting);
      }
    }
  }

  void start(ComponentId starter, ComponentId process, const std::string& reason, size_t setting) {
    const std::string& program = plan_.names.program(process);
    for (std::string_view permission : StarterNeeds) {
      granted_.add({type(starter), program, "file", std::string(permission)}, reason)
          .where[setting] = true;
    }
    // The program is mapped through the descriptor by which the starter opened it; without this the
    // kernel kills the new process.
    granted_.add({type(process), type(starter), "fd", "use"}, reason).where[setting] = true;
    const auto [at, added] = starts_.emplace(std::pair(starter, process), plan_.starts.size());
    if (added) {
      plan_.starts.push_back(
          {type(starter), program, type(process), no_setting(models_.size()), {}});
    }
    SelinuxPlan::Start& start = plan_.starts[at->second];
    start.where[setting] = true;
    add_once(start.reasons, reason);
    const std::string& from = plan_.names.role(starter);
    const std::string& to = plan_.names.role(process);
    if (from != to) plan_.role_changes.insert({from, to, program});
  }

  void programs() {
    for (ComponentId id : model_.components.ids()) {
      const std::string& program = plan_.names.program(id);
      if (program.empty()) continue;
      for (std::string_view permission : ProcessNeeds) {
        granted_.add({type(id), program, "file", std::string(permission)}, "its program").where =
            every_setting(models_.size());
      }
    }
  }

  // ---- operations that are granted with others

  // For each subject, owner and class the cells of these.
  using Seen = std::tuple<ComponentId, ComponentId, std::string>;

  void find_indistinct(size_t setting) {
    std::map<Seen, std::vector<const Cell*>> seen;
    for (const Cell& cell : plan_.cells[setting]) {
      seen[{cell.subject, model_.owner_of(cell.operation),
            access_of(model_, plan_.names, cell.operation).object_class}]
          .push_back(&cell);
    }
    for (const auto& [key, cells] : seen) {
      const auto& [subject, owner, object_class] = key;
      for (EndpointId endpoint : model_.components[owner].endpoints) {
        for (OperationId operation : model_.endpoints[endpoint].operations) {
          const SelinuxAccess access = access_of(model_, plan_.names, operation);
          if (access.object_class == object_class) compare(subject, operation, access, cells);
        }
      }
    }
  }

  // Whether the cells' permissions are all that the operation needs, though none of them is the
  // operation. One that is made of others, as restart is of stop and start, is rightly possible to
  // whoever may do these.
  void compare(ComponentId subject, OperationId operation, const SelinuxAccess& access,
               const std::vector<const Cell*>& cells) {
    std::set<std::string> missing(access.permissions.begin(), access.permissions.end());
    std::set<std::string> not_by_parts = missing;
    const Cell* by = nullptr;
    for (const Cell* cell : cells) {
      if (cell->operation == operation) return;
      const SelinuxAccess other = access_of(model_, plan_.names, cell->operation);
      const bool is_part =
          other.permissions.size() < access.permissions.size() &&
          std::ranges::all_of(
              other.permissions,
              [&](const std::string& p) {
                return std::ranges::find(access.permissions, p) != access.permissions.end();
              });
      for (const std::string& permission : other.permissions) {
        if (missing.erase(permission) > 0 && by == nullptr) by = cell;
        if (is_part) not_by_parts.erase(permission);
      }
    }
    if (!missing.empty() || not_by_parts.empty()) return;
    if (!approximations_.accepts(by->allowed_by, subject, operation))
      indistinct_.emplace(std::pair(subject, operation), by);
  }

  void report_indistinct() {
    for (const auto& [refused, cell] : indistinct_) {
      const auto& [subject, operation] = refused;
      const Rule& rule = model_.rules[cell->allowed_by.front()];
      sink_
          .report(model_.endpoint_of(operation).span, diag::OperationsIndistinct,
                  print(model_, operation), print(model_, cell->operation),
                  model_.components[subject].name)
          .label(rule.span, "the rule that grants only the latter")
          .help(fmt::format(
              "write `approximate {} because \"...\"` in the selinux target to grant both",
              rule.name));
    }
  }

  // ---- forbidden

  struct Forbidden {
    std::string name;
    Span span;
    std::vector<std::string> names;
    size_t settings = 0;  // in how many
  };
  using ForbiddenPlaces = std::map<std::pair<ComponentId, OperationId>, Forbidden>;

  void forbid() {
    ForbiddenPlaces all;
    for (size_t s = 0; s < models_.size(); ++s) {
      for (const auto& [place, forbidden] : forbidden_in(*models_[s])) {
        if (all_granted(place.first, place.second, s)) report_forbidden(place, forbidden, s);
        Forbidden& known =
            all.emplace(place, Forbidden{forbidden.name, forbidden.span, {}, 0}).first->second;
        for (const std::string& name : forbidden.names) add_once(known.names, name);
        ++known.settings;
      }
    }
    for (const auto& [place, forbidden] : all) {
      if (forbidden.settings < models_.size()) continue;
      for (const TeFact& fact : facts_of(place.first, place.second)) {
        if (granted_.has(fact)) continue;
        for (const std::string& name : forbidden.names)
          forbidden_.add(fact, name).where = every_setting(models_.size());
      }
    }
  }

  bool all_granted(ComponentId subject, OperationId operation, size_t setting) const {
    const std::vector<TeFact> facts = facts_of(subject, operation);
    return std::ranges::all_of(facts,
                               [&](const TeFact& fact) { return granted_.has(fact, setting); });
  }

  void report_forbidden(const std::pair<ComponentId, OperationId>& place,
                        const Forbidden& forbidden, size_t setting) {
    if (!reported_.insert(place).second) return;
    auto report =
        sink_.report(forbidden.span, diag::ForbiddenGranted, model_.components[place.first].name,
                     print(model_, place.second), forbidden.name);
    const std::vector<TeFact> facts = facts_of(place.first, place.second);
    for (const Cell& cell : plan_.cells[setting]) {
      if (cell.subject != place.first) continue;
      const std::vector<TeFact> others = facts_of(cell.subject, cell.operation);
      if (std::ranges::find_first_of(facts, others) == facts.end()) continue;
      report.label(model_.rules[cell.allowed_by.front()].span, "granted here");
      return;
    }
  }

  // What a deny or never without a condition forbids in a setting.
  static ForbiddenPlaces forbidden_in(const Model& model) {
    ForbiddenPlaces places;
    for (const Rule& rule : model.rules) {
      if (rule.kind == RuleKind::Deny)
        forbid(model, rule.subjects, rule.targets, rule.name, rule.span, places);
    }
    for (const Property& property : model.properties) {
      if (const auto* never = std::get_if<NeverRequest>(&property.body))
        forbid(model, never->subjects, never->targets, property.name, property.span, places);
    }
    return places;
  }

  static void forbid(const Model& model, const std::vector<ComponentId>& subjects,
                     const std::vector<ConditionalOperation>& targets, const std::string& name,
                     Span span, ForbiddenPlaces& places) {
    for (const ConditionalOperation& target : targets) {
      if (!always_holds(model, target)) continue;
      for (ComponentId subject : subjects) {
        if (model.components[subject].kind == ComponentKind::Object) continue;
        if (!covers(model, target, subject)) continue;
        Forbidden& forbidden = places[{subject, target.operation}];
        forbidden.name = name;
        forbidden.span = span;
        add_once(forbidden.names, name);
      }
    }
  }

  // ---- files

  void label() {
    if (!model_.selinux) return;
    for (const SelinuxTarget::TypeName& given : model_.selinux->types) {
      const std::string& owner = model_.components[given.component].name;
      if (given.program) {
        check_path(*given.program, wrong_with_path(given.program->text));
        add_context(escape_path(given.program->text), true, given, *given.program, owner);
      }
      for (const NamedText& path : given.paths) {
        check_path(path, wrong_with_path_expression(path.text));
        add_context(path.text, false, given, path, owner);
      }
    }
  }

  void check_path(const NamedText& path, const std::string& wrong) {
    if (!wrong.empty()) sink_.report(path.span, diag::InvalidFilePath, path.text, wrong);
  }

  void add_context(const std::string& path, bool is_program, const SelinuxTarget::TypeName& given,
                   const NamedText& written, const std::string& owner) {
    const auto [at, added] = labelled_.emplace(path, std::pair(owner, written.span));
    if (!added) {
      sink_.report(written.span, diag::FilePathShared, written.text, at->second.first, owner)
          .label(at->second.second, "its first use");
    } else if (!plan_.names.types.empty()) {
      plan_.contexts.push_back(
          {path, is_program,
           is_program ? plan_.names.program(given.component) : plan_.names.type(given.component)});
    }
  }

  std::span<const CheckedModel> models_;
  const Model& model_;  // ids are the same in each setting
  DiagnosticSink& sink_;
  SelinuxPlan plan_;
  Approximations approximations_;
  Accesses granted_;
  Accesses forbidden_;
  std::map<std::pair<ComponentId, ComponentId>, size_t> starts_;  // into plan_.starts
  std::map<std::pair<ComponentId, OperationId>, const Cell*> indistinct_;
  std::set<std::pair<ComponentId, OperationId>> reported_;
  std::map<std::string, std::pair<std::string, Span>> labelled_;  // paths, and for whom
};

}  // namespace

std::optional<SelinuxPlan> plan_selinux(std::span<const CheckedModel> settings,
                                        DiagnosticSink& sink) {
  return Planner(settings, sink).run();
}

}  // namespace bh
