#include "analyzer/crossings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "analyzer/program.h"

namespace bh {
namespace {

enum class Three : uint8_t { No, Maybe, Yes };

Three atom_is(const Atom& atom, const std::string& constant) {
  if (atom.kind == AtomKind::Slot || atom.kind == AtomKind::Address)
    return plain_slot(atom.text) == constant ? Three::Yes : Three::No;
  if (atom.kind != AtomKind::Constant)
    return atom.kind == AtomKind::Unknown || atom.kind == AtomKind::Result ? Three::Maybe
                                                                           : Three::No;
  int64_t number = 0;
  const char* end = constant.data() + constant.size();
  auto [at, error] = std::from_chars(constant.data(), end, number);
  bool same = error == std::errc() && at == end ? atom.number == number : atom.text == constant;
  return same ? Three::Yes : Three::No;
}

// What tells requests apart: an argument, or with a name a field.
using Teller = std::pair<uint32_t, std::string>;
// What those are in one of the cases that the call may be.
using Tellers = std::map<Teller, Atom>;

Teller teller_of(const CodeUse::Match& match) {
  return {match.field.empty() ? match.argument : 0, match.field};
}

Three use_matches(const std::vector<CodeUse::Match>& matches, const Tellers& tellers) {
  Three result = Three::Yes;
  for (const CodeUse::Match& match : matches) {
    auto teller = tellers.find(teller_of(match));
    Three is = teller == tellers.end() ? Three::No : atom_is(teller->second, match.constant);
    result = std::min(result, is);
  }
  return result;
}

const Value* value_of(const Teller& teller, const ReachedCall& call) {
  const auto& [argument, field] = teller;
  if (field.empty()) return argument < call.values.size() ? &call.values[argument] : nullptr;
  auto found = call.fields.find(field);
  return found == call.fields.end() ? nullptr : &found->second;
}

// Every combination of what these may be; of more than MostCases one of which nothing is known.
std::vector<Tellers> cases_of(const std::set<Teller>& tellers, const ReachedCall& call) {
  constexpr size_t MostCases = 256;
  std::vector<Tellers> cases = {{}};
  for (const Teller& teller : tellers) {
    const Value* value = value_of(teller, call);
    if (!value) continue;
    std::vector<Tellers> more;
    for (const Tellers& one : cases)
      for (const Atom& atom : value->alternatives) {
        more.push_back(one);
        more.back().emplace(teller, atom);
      }
    cases = std::move(more);
    if (cases.size() <= MostCases) continue;
    cases.assign(1, {});
    for (const Teller& any : tellers) cases.front().emplace(any, Atom{});
    break;
  }
  return cases;
}

std::optional<size_t> parameter_of(const Atom& atom) {
  if (atom.kind != AtomKind::Slot || !atom.text.starts_with("param:")) return std::nullopt;
  size_t number = 0;
  std::from_chars(atom.text.data() + 6, atom.text.data() + atom.text.size(), number);
  return number;
}

// What the argument is in a call of the wrapper, as far as its parameters alone decide that, and it
// stores nothing else into them.
Value passed_by(const ReachedCall& wrapper, const OwnedFacts& body, const Value& written,
                const Value& value) {
  std::set<Atom> found;
  for (const Atom& atom : written.alternatives) {
    const std::optional<size_t> parameter = parameter_of(atom);
    const bool stored =
        std::any_of(body.stores.begin(), body.stores.end(),
                    [&](const StoreFact* store) { return store->slot == atom.text; });
    if (!parameter || stored || *parameter >= wrapper.values.size()) return value;
    const std::vector<Atom>& passed = wrapper.values[*parameter].alternatives;
    found.insert(passed.begin(), passed.end());
  }
  const std::set<Atom> all(value.alternatives.begin(), value.alternatives.end());
  const bool known = std::includes(all.begin(), all.end(), found.begin(), found.end());
  return known ? Value{{found.begin(), found.end()}} : value;
}

ReachedCall as_passed_by(const ReachedCall& wrapper, const OwnedFacts& body,
                         const ReachedCall& call) {
  ReachedCall one = call;
  for (size_t i = 0; i < one.values.size(); ++i)
    one.values[i] = passed_by(wrapper, body, (*call.arguments)[i], call.values[i]);
  return one;
}

// "(monitor.m_recvfd, MONITOR_REQ_PTY, m)": the arguments, and fields that tell, as in this case.
std::string describe(const Tellers& tellers, const ReachedCall& call) {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < call.arguments->size(); ++i) {
    const Value& written = (*call.arguments)[i];
    const auto teller = tellers.find({i, ""});
    if (teller != tellers.end() && teller->second.kind != AtomKind::Unknown)
      texts.push_back(in_words(teller->second));
    else
      texts.push_back(written == Value{} ? "?" : in_words(written));
  }
  std::string fields;
  for (const auto& [teller, atom] : tellers)
    if (!teller.second.empty())
      fields += fmt::format(" with {} = {}", teller.second, in_words(atom));
  return fmt::format("({}){}", fmt::join(texts, ", "), fields);
}

// "monitor.m_recvfd, MONITOR_REQ_PTY": what tells, whatever the other arguments are called.
std::string told(const Tellers& tellers) {
  std::vector<std::string> texts;
  for (const auto& [teller, atom] : tellers) texts.push_back(in_words(atom));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// What the value is one of; nothing unless all of these are constants.
std::optional<IntervalSet> constants_of(const Value& value) {
  std::vector<Interval> found;
  for (const Atom& atom : value.alternatives) {
    if (atom.kind != AtomKind::Constant) return std::nullopt;
    const auto word = static_cast<uint64_t>(atom.number);
    found.push_back({word, word});
  }
  return IntervalSet(std::move(found));
}

using Words = std::vector<std::optional<uint64_t>>;

// Depth is bounded by Conditions::MaxDepth.
Three holds(const Conditions& conditions, ConditionId id, const Words& words) {
  const Condition& condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return Three::Yes;
    case ConditionKind::False:
      return Three::No;
    case ConditionKind::In:
      if (condition.word >= words.size() || !words[condition.word]) return Three::Maybe;
      return condition.set.contains(*words[condition.word]) ? Three::Yes : Three::No;
    case ConditionKind::And: {
      Three all = Three::Yes;
      for (ConditionId operand : condition.operands)
        all = std::min(all, holds(conditions, operand, words));
      return all;
    }
    case ConditionKind::Or: {
      Three any = Three::No;
      for (ConditionId operand : condition.operands)
        any = std::max(any, holds(conditions, operand, words));
      return any;
    }
  }
  return Three::Maybe;
}

}  // namespace

Fit fits(const std::vector<CodeUse::Match>& matches, const ReachedCall& call) {
  std::set<Teller> tellers;
  for (const CodeUse::Match& match : matches) tellers.insert(teller_of(match));
  bool some = false, all = true;
  for (const Tellers& one : cases_of(tellers, call)) {
    Three is = use_matches(matches, one);
    some |= is != Three::No;
    all &= is == Three::Yes;
  }
  return all ? Fit::Always : some ? Fit::Maybe : Fit::Never;
}

// What a function that passes its parameters on is told there.
static void watch_wrappers(const Program& program, const std::string& function, uint32_t argument,
                           bool by_variable, ReachOptions& options) {
  for (const ProgramFunction& wrapper : program.functions())
    for (const CallFact* call : wrapper.owned.calls) {
      if (argument >= call->arguments.size() || plain_name(call->callee) != function) continue;
      for (const Atom& atom : call->arguments[argument].alternatives) {
        const std::optional<size_t> parameter = parameter_of(atom);
        if (!parameter) continue;
        Watch& watched = options.watched[plain_name(wrapper.fact->name)];
        if (by_variable) watched.by_variable.insert(static_cast<uint32_t>(*parameter));
      }
    }
}

void watch(const Program& program, const std::string& function,
           const std::vector<CodeUse::Match>& matches, ReachOptions& options) {
  Watch& watched = options.watched[function];
  for (const CodeUse::Match& match : matches) {
    const bool variable =
        match.constant.find('.') != std::string::npos || program.has_global(match.constant);
    if (!match.field.empty())
      watched.fields.insert(match.field);
    else if (variable)
      watched.by_variable.insert(match.argument);
    if (match.field.empty()) watch_wrappers(program, function, match.argument, variable, options);
  }
}

CrossingCheck::CrossingCheck(const Model& model, const CodeMap& code, const Program& program,
                             const Reach& reach)
    : model_(model), code_(code), program_(program) {
  for (const ReachedCall& call : reach.calls) calls_[call.callee].push_back(&call);
  for (const ReachedCall& call : reach.handed) elsewhere_.insert(call.callee);
  for (const ReachedFunction& function : reach.functions)
    if (!function.from) elsewhere_.insert(program.functions()[function.function].fact->name);
}

std::vector<const ReachedCall*> CrossingCheck::wrappers(const ReachedCall& call) const {
  if (!call.step.caller.valid()) return {};
  const std::string& name = program_.functions()[call.step.caller].fact->name;
  const auto found = calls_.find(name);
  return elsewhere_.contains(name) || found == calls_.end() ? std::vector<const ReachedCall*>{}
                                                            : found->second;
}

Crossing CrossingCheck::judge(const CodeUse& use, const ReachedCall& call) const {
  const Method& method = model_.method_of(use.operation);
  Crossing crossing{code_.component,
                    use.operation,
                    plain_name(call.callee),
                    "",
                    call.step.at,
                    CrossingVerdict::Refused,
                    RuleId(),
                    Words(method.parameters.size()),
                    std::vector<std::optional<IntervalSet>>(method.parameters.size())};
  for (const CodeUse::Binding& binding : use.bindings) {
    if (binding.argument >= call.values.size()) continue;
    const Value& value = call.values[binding.argument];
    crossing.values[binding.parameter] = constants_of(value);
    bool constant =
        value.alternatives.size() == 1 && value.alternatives[0].kind == AtomKind::Constant;
    if (constant)
      crossing.words[binding.parameter] = static_cast<uint64_t>(value.alternatives[0].number);
  }
  for (size_t i = 0; i < crossing.words.size(); ++i) {
    const Type& type = model_.types[method.parameters[i].type];
    if (crossing.words[i] && !type.domain.contains(*crossing.words[i])) return crossing;
  }
  Three allowed = Three::No;
  for (RuleId id : model_.rules.ids()) {
    const Rule& rule = model_.rules[id];
    bool subject = std::find(rule.subjects.begin(), rule.subjects.end(), code_.component) !=
                   rule.subjects.end();
    for (const ConditionalOperation& target : rule.targets) {
      if (!subject || target.operation != use.operation) continue;
      if (!covers(model_, target, code_.component)) continue;
      Three matches = holds(model_.conditions, target.when, crossing.words);
      if (rule.kind == RuleKind::Deny && matches == Three::Yes) {
        crossing.rule = id;
        return crossing;
      }
      if (rule.kind == RuleKind::Deny && matches == Three::Maybe)
        allowed = std::min(allowed, Three::Maybe);
      if (rule.kind == RuleKind::Deny || matches <= allowed) continue;
      allowed = matches;
      crossing.rule = id;
    }
  }
  if (allowed != Three::No)
    crossing.verdict =
        allowed == Three::Yes ? CrossingVerdict::Allowed : CrossingVerdict::Conditional;
  return crossing;
}

std::optional<CrossingFinding> CrossingCheck::look_at(const ReachedCall& call) const {
  std::string function = plain_name(call.callee);
  std::vector<const CodeUse*> uses;
  std::set<Teller> tellers;
  for (const CodeUse& use : code_.uses) {
    if (use.function != function) continue;
    uses.push_back(&use);
    for (const CodeUse::Match& match : use.matches) tellers.insert(teller_of(match));
  }
  if (uses.empty()) return std::nullopt;
  std::map<Tellers, const ReachedCall*> cases;
  for (const ReachedCall* wrapper : wrappers(call))
    for (Tellers& one : cases_of(
             tellers, as_passed_by(*wrapper, program_.functions()[call.step.caller].owned, call)))
      cases.try_emplace(std::move(one), wrapper);
  if (cases.empty())
    for (Tellers& one : cases_of(tellers, call)) cases.try_emplace(std::move(one), nullptr);
  CrossingFinding finding;
  std::set<const CodeUse*> made;
  for (const auto& [one, wrapper] : cases) {
    Three best = Three::No;
    for (const CodeUse* use : uses) {
      Three matches = use_matches(use->matches, one);
      best = std::max(best, matches);
      if (matches != Three::Yes || !made.insert(use).second) continue;
      finding.crossings.push_back(judge(*use, call));
      finding.wrappers.push_back(wrapper);
    }
    if (best == Three::No)
      finding.undeclared.push_back({describe(one, call), told(one), wrapper});
    else if (best == Three::Maybe && !finding.undecided)
      finding.undecided = {describe(one, call), told(one), wrapper};
  }
  if (finding.undecided && finding.undeclared.size() > 1) finding.undeclared.resize(1);
  return finding;
}

}  // namespace bh
