// What `diff` lists against the reference evaluators of both policies, on random ones.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "solver/queries/diff.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

CheckedModel sealed(Model model) {
  std::optional<CheckedModel> checked = seal(std::move(model), DiagnosticSink());
  BH_CHECK(checked.has_value());
  return *checked;
}

std::string text_of(const PolicyDiff& diff) {
  std::string text;
  for (const PolicyChange& c : diff.changes) {
    text +=
        fmt::format("{} {} {} when {}\n", print(c.kind), print(c.direction), c.what, c.condition);
  }
  for (const Renamed& renamed : diff.renamed) text += print(renamed) + "\n";
  for (const std::string& note : diff.notes) text += "note: " + note + "\n";
  for (const std::string& unknown : diff.unknown) text += "unknown: " + unknown + "\n";
  return text;
}

// ---- edits --------------------------------------------------------------------------------------

RuleId some_rule(const Model& model, Random& random) {
  return RuleId(static_cast<uint32_t>(random.below(model.rules.size())));
}

void drop_rule(Model& model, Random& random) {
  const RuleId gone = some_rule(model, random);
  Store<RuleId, Rule> rules;
  for (RuleId id : model.rules.ids()) {
    if (id != gone) rules.add(model.rules[id]);
  }
  model.rules = std::move(rules);
}

// Another set in one of the rule's conditions, or none at all.
void change_condition(Model& model, Random& random) {
  Rule& rule = model.rules[some_rule(model, random)];
  if (rule.targets.empty()) return;
  ConditionalOperation& target = rule.targets[random.below(rule.targets.size())];
  const std::vector<Parameter>& parameters = model.method_of(target.operation).parameters;
  if (parameters.empty() || random.one_in(4)) {
    target.when = Conditions::True;
    return;
  }
  const auto word = static_cast<uint32_t>(random.below(parameters.size()));
  const IntervalSet& domain = model.types[parameters[word].type].domain;
  const uint64_t low = random.pick(domain.intervals()).low + random.below(4);
  const ConditionId atom = model.conditions.in(word, IntervalSet::range(low, low | 7));
  target.when = random.one_in(2) ? model.conditions.all_of({atom, target.when})
                                 : model.conditions.any_of({atom, target.when});
}

void change_subjects(Model& model, Random& random) {
  Rule& rule = model.rules[some_rule(model, random)];
  if (!rule.subjects.empty()) rule.subjects.erase(rule.subjects.begin());
}

void change_kind(Model& model, Random& random) {
  Rule& rule = model.rules[some_rule(model, random)];
  rule.kind = rule.kind == RuleKind::Allow ? RuleKind::Deny : RuleKind::Allow;
}

void change_type(Model& model, Random& random) {
  Type& type = model.types[TypeId(static_cast<uint32_t>(random.below(model.types.size())))];
  if (type.kind == TypeKind::Integer) type.domain = type.domain | IntervalSet::of({1, 77, 4000});
  if (type.kind == TypeKind::Enum) std::swap(type.enumerators[0], type.enumerators[2]);
}

void change_protocol(Model& model, Random& random) {
  if (model.protocols.empty()) return;
  const ProtocolId id(static_cast<uint32_t>(random.below(model.protocols.size())));
  Protocol& protocol = model.protocols[id];
  if (protocol.transitions.empty()) return;
  Transition& transition = protocol.transitions[random.below(protocol.transitions.size())];
  if (transition.from == transition.to && transition.at_most) {
    transition.at_most = *transition.at_most + 1;
  } else if (!transition.at_most) {
    transition.to = static_cast<uint32_t>(random.below(protocol.states.size()));
  }
}

Model edited(const Model& model, uint64_t seed, bool protocols) {
  Model result = model;
  Random random(seed);
  for (uint64_t i = 0, n = 1 + random.below(3); i < n && !result.rules.empty(); ++i) {
    switch (random.below(protocols ? 7 : 6)) {
      case 0:
        drop_rule(result, random);
        break;
      case 1:
        change_subjects(result, random);
        break;
      case 2:
        change_kind(result, random);
        break;
      case 3:
        change_type(result, random);
        break;
      case 6:
        change_protocol(result, random);
        break;
      default:
        change_condition(result, random);
    }
  }
  return result;
}

// ---- requests of both policies ------------------------------------------------------------------

// The same request in the other policy's words: enumerators go by their names. Nothing when it has
// no such word.
std::optional<Request> as_said_in(const Model& to, const Model& from, Request request) {
  const Method& method = from.method_of(request.operation);
  for (size_t i = 0; i < request.words.size(); ++i) {
    const Type& was = from.types[method.parameters[i].type];
    const Type& is = to.types[to.method_of(request.operation).parameters[i].type];
    if (was.kind != TypeKind::Enum || request.words[i] >= was.enumerators.size()) continue;
    const auto at =
        std::find(is.enumerators.begin(), is.enumerators.end(), was.enumerators[request.words[i]]);
    if (at == is.enumerators.end()) return std::nullopt;
    request.words[i] = static_cast<uint64_t>(at - is.enumerators.begin());
  }
  return request;
}

bool rules_grant(const Evaluator& evaluator, const Request& request) {
  const Reason reason = evaluator.decide(request).reason;
  return reason == Reason::Allowed || reason == Reason::Protocol;
}

bool is_listed(const PolicyDiff& diff, ChangeDirection direction, const Request& request) {
  return std::any_of(diff.changes.begin(), diff.changes.end(), [&](const PolicyChange& change) {
    if (change.kind != ChangeKind::Requests || change.direction != direction) return false;
    return std::any_of(change.cells.begin(), change.cells.end(), [&](const ChangedCell& cell) {
      if (cell.subject != request.caller || cell.operation != request.operation) return false;
      return std::any_of(cell.boxes.begin(), cell.boxes.end(), [&](const Box& box) {
        for (size_t i = 0; i < box.size(); ++i) {
          if (!box[i].contains(request.words[i])) return false;
        }
        return true;
      });
    });
  });
}

// Whether the regions say of these requests, which are the policy's, exactly what the evaluators
// do.
void expect_exact(const PolicyDiff& diff, const CheckedModel& policy, const CheckedModel& other,
                  ChangeDirection direction, const std::vector<Request>& requests) {
  const Evaluator here(policy);
  const Evaluator there(other);
  for (const Request& request : requests) {
    const std::optional<Request> same = as_said_in(*other, *policy, request);
    const bool only_here = rules_grant(here, request) && !(same && rules_grant(there, *same));
    if (!here.in_range(request)) continue;
    if (is_listed(diff, direction, request) != only_here) {
      RC_FAIL(fmt::format("{} is {}listed, but it is {}granted by this side alone\n{}",
                          print(*policy, request), only_here ? "not " : "", only_here ? "" : "not ",
                          text_of(diff)));
    }
  }
}

// Every request with words at the edges of small domains, and random ones.
std::vector<Request> requests_of(const Model& model, uint64_t seed) {
  std::vector<Request> result;
  for (const TraceStep& step : random_trace(model, seed, 150)) result.push_back(step.request);
  for (ComponentId caller : model.components.ids()) {
    if (model.components[caller].kind != ComponentKind::Component) continue;
    for (OperationId operation : model.operations.ids()) {
      std::vector<Request> part = {{caller, operation, {}}};
      for (const Parameter& parameter : model.method_of(operation).parameters) {
        std::vector<Request> longer;
        const IntervalSet& domain = model.types[parameter.type].domain;
        for (const Request& request : part) {
          for (uint64_t i = 0, word = *domain.least(); i < 5; ++i, ++word) {
            if (!domain.contains(word)) break;
            longer.push_back(request);
            longer.back().words.push_back(word);
          }
        }
        part = std::move(longer);
      }
      result.insert(result.end(), part.begin(), part.end());
    }
  }
  return result;
}

// ---- what holds of every diff -------------------------------------------------------------------

RC_GTEST_PROP(Diff, OfAPolicyAndItselfIsEmpty, (uint64_t seed)) {
  const CheckedModel model = sealed(random_model(seed, GenerateAll));
  const PolicyDiff diff = diff_policies(model, model, DiffOptions{});
  if (!diff.means_the_same() || !diff.renamed.empty() || !diff.notes.empty()) {
    RC_FAIL(text_of(diff));
  }
}

RC_GTEST_PROP(Diff, ListsExactlyTheRequestsThatChanged, (uint64_t seed)) {
  Model model = random_model(seed, GenerateAll);
  model.protocols = {};
  const CheckedModel before = sealed(model);
  const CheckedModel after = sealed(edited(model, seed + 1, false));
  const PolicyDiff diff = diff_policies(before, after, DiffOptions{});
  RC_ASSERT(diff.unknown.empty());
  expect_exact(diff, after, before, ChangeDirection::Wider, requests_of(*after, seed + 2));
  expect_exact(diff, before, after, ChangeDirection::Narrower, requests_of(*before, seed + 3));
}

RC_GTEST_PROP(Diff, IsTheMirrorOfTheOtherWayRound, (uint64_t seed)) {
  const Model model = random_model(seed, GenerateAll);
  const CheckedModel before = sealed(model);
  const CheckedModel after = sealed(edited(model, seed + 1, true));
  const auto lines = [](const PolicyDiff& diff, bool swapped) {
    std::multiset<std::string> result;
    for (const PolicyChange& change : diff.changes) {
      const bool wider = (change.direction == ChangeDirection::Wider) != swapped;
      result.insert(fmt::format("{} {} {} when {}", print(change.kind),
                                change.direction == ChangeDirection::Neither ? ""
                                : wider                                      ? "+"
                                                                             : "-",
                                change.what, change.condition));
    }
    return result;
  };
  const PolicyDiff forth = diff_policies(before, after, DiffOptions{});
  const PolicyDiff back = diff_policies(after, before, DiffOptions{});
  RC_ASSERT(lines(forth, false) == lines(back, true));
  RC_ASSERT(forth.unknown.size() == back.unknown.size());
}

// Two policies that are said to be the same decide every request of every trace alike; and every
// witness shows what it should.
RC_GTEST_PROP(Diff, MissesNoDifferenceOfATrace, (uint64_t seed)) {
  const Model model = random_model(seed, GenerateAll);
  const CheckedModel before = sealed(model);
  const CheckedModel after = sealed(edited(model, seed + 1, true));
  const PolicyDiff diff = diff_policies(before, after, DiffOptions{});
  RC_ASSERT(!diff.internal_error);
  for (const PolicyChange& change : diff.changes) {
    if (!change.witness) continue;
    const bool now = change.witness->granted_by == DiffSide::After;
    for (const Decision& d : replay(now ? after : before, change.witness->trace)) {
      RC_ASSERT(d.granted());
    }
  }
  const bool same = std::none_of(diff.changes.begin(), diff.changes.end(), [](const auto& c) {
    return c.kind == ChangeKind::Requests || c.kind == ChangeKind::Behaviour;
  });
  if (!same || !diff.unknown.empty()) return;
  for (uint64_t round = 0; round < 5; ++round) {
    Evaluator a(before);
    Evaluator b(after);
    for (const TraceStep& step : random_trace(*before, seed + round, 60)) {
      const std::optional<Request> there = as_said_in(*after, *before, step.request);
      const bool granted = a.step(step).granted();
      const bool granted_there =
          there && b.step(TraceStep{*there, step.reply, step.wait_ms}).granted();
      if (granted != granted_there) {
        RC_FAIL(print(*before, step.request) + " is decided differently\n" + text_of(diff));
      }
    }
  }
}

}  // namespace
}  // namespace bh
