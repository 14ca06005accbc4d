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

// "(=field:monitor.m_recvfd, #28:MONITOR_REQ_PTY)": the arguments and fields, those that tell as in
// this case.
std::string describe(const Tellers& tellers, const ReachedCall& call) {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < call.arguments->size(); ++i) {
    auto teller = tellers.find({i, ""});
    bool known = teller != tellers.end() && teller->second.kind == AtomKind::Constant;
    texts.push_back(known ? print(teller->second) : print((*call.arguments)[i]));
  }
  std::string fields;
  for (const auto& [teller, atom] : tellers)
    if (!teller.second.empty()) fields += fmt::format(" with {} = {}", teller.second, print(atom));
  return fmt::format("({}){}", fmt::join(texts, ", "), fields);
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
  }
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
  CrossingFinding finding;
  std::set<const CodeUse*> made;
  std::string undeclared, undecided;  // the first of each
  for (const Tellers& one : cases_of(tellers, call)) {
    Three best = Three::No;
    for (const CodeUse* use : uses) {
      Three matches = use_matches(use->matches, one);
      best = std::max(best, matches);
      if (matches == Three::Yes && made.insert(use).second)
        finding.crossings.push_back(judge(*use, call));
    }
    if (best == Three::Yes) continue;
    std::string& said = best == Three::No ? undeclared : undecided;
    if (said.empty()) said = describe(one, call);
  }
  finding.decided = !undeclared.empty();
  finding.undeclared = finding.decided ? undeclared : undecided;
  return finding;
}

}  // namespace bh
