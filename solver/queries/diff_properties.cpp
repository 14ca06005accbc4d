// Properties that were added, removed or restated, and those whose verdict changed.
//
// A property that says the same on both sides is checked only if some cell, protocol or flow that
// its verdict depends on may differ. Protocols never reach across endpoints, so the verdict of any
// property but those of flows depends on the endpoints that it names alone (`holds`: on its
// subjects' cells), and these are cut out for it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "solver/queries/diff_run.h"
#include "solver/queries/properties.h"
#include "solver/reference/print.h"

namespace bh {

namespace {

// What the verdict of a property depends on.
struct Cone {
  std::set<EndpointId> endpoints;
  std::vector<ComponentId> subjects;  // all their cells
  bool flows = false;
};

Cone cone_of(const Model& model, const Property& property) {
  Cone cone;
  const auto add = [&](OperationId op) { cone.endpoints.insert(model.operations[op].endpoint); };
  if (const auto* never = std::get_if<NeverRequest>(&property.body)) {
    for (const ConditionalOperation& target : never->targets) add(target.operation);
  } else if (const auto* before = std::get_if<NeverBefore>(&property.body)) {
    for (OperationId op : before->operations) add(op);
    add(before->first);
  } else if (const auto* require = std::get_if<Require>(&property.body)) {
    for (const ConditionalOperation& step : require->steps) add(step.operation);
  } else if (const auto* holds = std::get_if<Holds>(&property.body)) {
    cone.subjects = holds->subjects;
  } else if (const auto* separate = std::get_if<Separate>(&property.body)) {
    for (const Separate::Duty& duty : separate->duties) {
      for (OperationId op : duty.operations) add(op);
    }
  } else if (const auto* state = std::get_if<NeverState>(&property.body)) {
    for (const NeverState::Part& part : state->parts) {
      for (ProtocolId id : part.protocols) cone.endpoints.insert(model.protocols[id].endpoint);
    }
  } else {
    cone.flows = true;
  }
  return cone;
}

// ---- do two properties say the same -------------------------------------------------------------

class SameProperty {
 public:
  explicit SameProperty(const DiffRun& run) : run_(run), a_(run.alignment) {}

  bool operator()(const Property& before, const Property& after) const {
    if (before.body.index() != after.body.index()) return false;
    return std::visit(
        [&](const auto& body) {
          return same(body, std::get<std::decay_t<decltype(body)>>(after.body));
        },
        before.body);
  }

 private:
  bool same(const std::vector<OperationId>& a, const std::vector<OperationId>& b) const {
    std::set<uint32_t> x;
    std::set<uint32_t> y;
    for (OperationId op : a) x.insert(op.value);
    for (OperationId op : b) y.insert(a_.operations.of_after[op.value]);
    return x == y;
  }
  bool same(const std::vector<ComponentId>& a, const std::vector<ComponentId>& b) const {
    return same_components(a_, a, b);
  }
  bool same(const NeverRequest& a, const NeverRequest& b) const {
    return same(a.subjects, b.subjects) && same_targets(a_, a.targets, b.targets);
  }
  // As written, or else meaning the same components.
  bool same(const NeverFlow& a, const NeverFlow& b) const {
    const bool ends = (a.from_text == b.from_text && a.to_text == b.to_text) ||
                      (same(a.from, b.from) && same(a.to, b.to));
    const auto names = [](const Model& model, const std::vector<ReleaseId>& list) {
      std::set<std::string> result;
      for (ReleaseId id : list) result.insert(model.releases[id].name);
      return result;
    };
    std::set<std::string> was = names(run_.model(DiffSide::Before), a.except);
    for (const Renamed& renamed : run_.alignment.renamed) {
      if (renamed.kind == RenamedKind::Release && was.erase(renamed.before) > 0) {
        was.insert(renamed.after);
      }
    }
    return ends && was == names(run_.model(DiffSide::After), b.except);
  }
  bool same(const NeverBefore& a, const NeverBefore& b) const {
    return same(a.operations, b.operations) && a.first_outcome == b.first_outcome &&
           a.first.value == a_.operations.of_after[b.first.value] && a.by_anyone == b.by_anyone;
  }
  bool same(const Require& a, const Require& b) const {
    if (a.subject.value != a_.components.of_after[b.subject.value]) return false;
    if (a.steps.size() != b.steps.size()) return false;
    for (size_t i = 0; i < a.steps.size(); ++i) {
      if (!same_targets(a_, {a.steps[i]}, {b.steps[i]})) return false;
    }
    return true;
  }
  bool same(const Holds& a, const Holds& b) const {
    return same(a.subjects, b.subjects) && same(a.within, b.within);
  }
  bool same(const Separate& a, const Separate& b) const {
    return std::equal(a.duties.begin(), a.duties.end(), b.duties.begin(), b.duties.end(),
                      [&](const Separate::Duty& x, const Separate::Duty& y) {
                        return same(x.operations, y.operations);
                      });
  }
  std::set<std::string> states(DiffSide side, const NeverState::Part& part) const {
    const Model& model = run_.model(side);
    std::set<std::string> result;
    for (ProtocolId id : part.protocols) {
      const Protocol& protocol = model.protocols[id];
      for (uint32_t state : part.states) {
        result.insert(fmt::format("{} {}", a_.endpoints.joint(side, protocol.endpoint),
                                  protocol.states[state].name));
      }
    }
    return result;
  }
  bool same(const NeverState& a, const NeverState& b) const {
    return std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(),
                      [&](const NeverState::Part& x, const NeverState::Part& y) {
                        return states(DiffSide::Before, x) == states(DiffSide::After, y);
                      });
  }
  bool same(const TrustedBase& a, const TrustedBase& b) const {
    return same(a.components, b.components) && a.most_lines == b.most_lines;
  }

  const DiffRun& run_;
  const Alignment& a_;
};

// ---- verdicts -----------------------------------------------------------------------------------

// One side, and the properties that have to be checked there.
class Verdicts {
 public:
  Verdicts(DiffRun& run, DiffSide side)
      : run_(run),
        side_(side),
        cells_(run.model(side).endpoints.size(), run.model(side).components.size()) {}

  void ask(PropertyId id) {
    const Model& model = run_.model(side_);
    const Cone cone = cone_of(model, model.properties[id]);
    asked_[id];
    for (EndpointId endpoint : cone.endpoints) cells_.add_all(endpoint);
    for (ComponentId subject : cone.subjects) {
      for (EndpointId endpoint : model.endpoints.ids()) add(endpoint, subject);
    }
  }

  void decide() {
    if (asked_.empty()) return;
    DiagnosticSink unheard;
    CheckResult result;
    const Model& model = run_.model(side_);
    const Slice part = slice(run_.checked(side_), cells_);
    Engine engine(part.model, run_.options.check);
    const FlowGraph none;
    for (auto& [id, verdict] : asked_) {
      const bool flows = cone_of(model, model.properties[id]).flows;
      PropertyContext context{flows ? run_.whole(side_) : engine, flows ? run_.flows(side_) : none,
                              result, unheard};
      verdict = check_property(context, id);
    }
    if (result.internal_error) {
      run_.result.internal_error = true;
      run_.undecided("the witness of a property does not replay; please report these policies");
    }
  }

  const PropertyVerdict& operator[](PropertyId id) const { return asked_.at(id); }

  // The witness of a violation, printed.
  std::vector<std::string> shown(PropertyId id) const {
    std::vector<std::string> lines;
    const Model& model = run_.model(side_);
    const PropertyVerdict& verdict = asked_.at(id);
    for (const TraceStep& step : verdict.trace) lines.push_back(print(model, step));
    for (const FlowStep& step : verdict.path) lines.push_back(print(model, step));
    return lines;
  }

 private:
  // Shared protocols are moved by everyone.
  void add(EndpointId endpoint, ComponentId subject) {
    if (shared_.empty()) {
      shared_.resize(run_.model(side_).endpoints.size(), false);
      for (const Protocol& protocol : run_.model(side_).protocols) {
        if (protocol.instances == InstanceKind::Shared) shared_[protocol.endpoint.value] = true;
      }
    }
    if (shared_[endpoint.value]) {
      cells_.add_all(endpoint);
    } else {
      cells_.add(endpoint, subject);
    }
  }

  DiffRun& run_;
  DiffSide side_;
  CellSet cells_;
  std::vector<bool> shared_;  // by endpoint
  std::map<PropertyId, PropertyVerdict> asked_;
};

class PropertyDiff {
 public:
  PropertyDiff(DiffRun& run, FlowsAre flows)
      : run_(run), flows_(flows), verdicts_{{run, DiffSide::Before}, {run, DiffSide::After}} {}

  void run() {
    match();
    find_touched();
    for (const auto& [before, after] : matched_) {
      const bool equal = same_(model(DiffSide::Before).properties[before],
                               model(DiffSide::After).properties[after]);
      if (equal && !may_differ(after)) continue;
      verdicts_[0].ask(before);
      verdicts_[1].ask(after);
      asked_.push_back({before, after, equal || same_text(before, after)});
    }
    for (PropertyId id : removed_) verdicts_[0].ask(id);
    for (PropertyId id : added_) verdicts_[1].ask(id);
    for (Verdicts& verdicts : verdicts_) verdicts.decide();
    report();
  }

 private:
  const Model& model(DiffSide side) const { return run_.model(side); }

  bool same_text(PropertyId before, PropertyId after) const {
    const auto& [was, is] = run_.options.property_texts;
    return before.value < was.size() && after.value < is.size() &&
           was[before.value] == is[after.value];
  }

  void match() {
    std::map<std::string, PropertyId> names;
    for (PropertyId id : model(DiffSide::Before).properties.ids()) {
      names.emplace(model(DiffSide::Before).properties[id].name, id);
    }
    std::set<PropertyId> matched;
    std::vector<PropertyId> others;
    for (PropertyId id : model(DiffSide::After).properties.ids()) {
      const auto found = names.find(model(DiffSide::After).properties[id].name);
      if (found == names.end()) {
        others.push_back(id);
      } else {
        matched.insert(found->second);
        matched_.emplace_back(found->second, id);
      }
    }
    for (PropertyId id : model(DiffSide::Before).properties.ids()) {
      if (!matched.contains(id)) removed_.push_back(id);
    }
    for (PropertyId id : others) {
      const Property& property = model(DiffSide::After).properties[id];
      const auto at = std::find_if(removed_.begin(), removed_.end(), [&](PropertyId old) {
        return same_(model(DiffSide::Before).properties[old], property);
      });
      if (at == removed_.end()) {
        added_.push_back(id);
        continue;
      }
      run_.alignment.renamed.push_back(
          {RenamedKind::Property, model(DiffSide::Before).properties[*at].name, property.name});
      matched_.emplace_back(*at, id);
      removed_.erase(at);
    }
  }

  // Endpoints of `after` with cells or protocols that may differ, and whose cells these are.
  void find_touched() {
    const Alignment& a = run_.alignment;
    touched_.resize(a.endpoints.size(), false);
    for (const JointCell& cell : run_.touched) {
      const DiffSide side =
          a.operations.before[cell.operation].valid() ? DiffSide::Before : DiffSide::After;
      const OperationId op = a.operations.at(side, cell.operation);
      touched_[a.endpoints.joint(side, model(side).operations[op].endpoint)] = true;
      subjects_.insert(cell.subject);
    }
    for (uint32_t e = 0; e < a.endpoints.size(); ++e) {
      if (run_.protocols_differ[e]) touched_[e] = true;
    }
    // One caller's cells matter to all callers of a shared protocol.
    for (const Protocol& protocol : model(DiffSide::After).protocols) {
      const uint32_t endpoint = a.endpoints.joint(DiffSide::After, protocol.endpoint);
      const bool matters =
          protocol.instances == InstanceKind::Shared || run_.protocols_differ[endpoint];
      if (touched_[endpoint] && matters) all_subjects_ = true;
    }
  }

  bool may_differ(PropertyId id) const {
    const Model& after = model(DiffSide::After);
    const Cone cone = cone_of(after, after.properties[id]);
    if (cone.flows) {
      const bool tcb = std::holds_alternative<TrustedBase>(after.properties[id].body);
      return flows_ == FlowsAre::Compared || (tcb && flows_ != FlowsAre::Untouched);
    }
    const Alignment& a = run_.alignment;
    for (EndpointId endpoint : cone.endpoints) {
      if (touched_[a.endpoints.joint(DiffSide::After, endpoint)]) return true;
    }
    for (ComponentId subject : cone.subjects) {
      if (all_subjects_ || subjects_.contains(a.components.joint(DiffSide::After, subject)))
        return true;
    }
    return false;
  }

  // ---- report ----------------------------------------------------------------------------------

  static std::string loud(Verdict verdict) {
    return verdict == Verdict::Violated ? "VIOLATED" : print(verdict);
  }

  void add(DiffSide side, PropertyId id, std::string text, bool worse) {
    const Property& property = model(side).properties[id];
    PolicyChange change;
    change.kind = ChangeKind::Property;
    change.worse = worse;
    change.what = property.name;
    change.causes = {{side, property.span, "", text}};
    if (side == DiffSide::After) change.path = verdicts_[1].shown(id);
    std::string meaning = property.name + "\n" + text;
    for (const std::string& step : change.path) meaning += "\n" + step;
    run_.add(std::move(change), std::move(meaning));
  }

  void report() {
    for (const auto& [before, after, equal] : asked_) {
      const Verdict was = verdicts_[0][before].verdict;
      const Verdict is = verdicts_[1][after].verdict;
      const bool worse = badness(is) > badness(was);
      if (is == Verdict::Unknown) unknown(after);
      if (was != is) {
        add(DiffSide::After, after,
            fmt::format("{}{} -> {}", equal ? "" : "restated; ", print(was), loud(is)), worse);
      } else if (!equal) {
        add(DiffSide::After, after, fmt::format("restated; still {}", loud(is)), worse);
      }
    }
    for (PropertyId id : added_) {
      const Verdict is = verdicts_[1][id].verdict;
      if (is == Verdict::Unknown) unknown(id);
      add(DiffSide::After, id, "added; " + loud(is), is != Verdict::Proved);
    }
    for (PropertyId id : removed_) {
      const Verdict was = verdicts_[0][id].verdict;
      add(DiffSide::Before, id, "removed; was " + print(was), was == Verdict::Proved);
    }
  }

  void unknown(PropertyId id) {
    run_.undecided(fmt::format("'{}': {}", model(DiffSide::After).properties[id].name,
                               verdicts_[1][id].reason));
  }

  struct Asked {
    PropertyId before;
    PropertyId after;
    bool equal;
  };

  DiffRun& run_;
  FlowsAre flows_;
  Verdicts verdicts_[2];
  SameProperty same_{run_};
  std::vector<std::pair<PropertyId, PropertyId>> matched_;
  std::vector<PropertyId> added_;    // of `after`
  std::vector<PropertyId> removed_;  // of `before`
  std::vector<Asked> asked_;
  std::vector<bool> touched_;  // by joint endpoint
  std::set<uint32_t> subjects_;
  bool all_subjects_ = false;
};

}  // namespace

void diff_properties(DiffRun& run, FlowsAre flows) { PropertyDiff(run, flows).run(); }

}  // namespace bh
