#include "analyzer/crossings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analyzer/program.h"

namespace bh {
namespace {

enum class Three : uint8_t { No, Maybe, Yes };

Three atom_is(const Atom& atom, const std::string& constant) {
  if (atom.kind != AtomKind::Constant)
    return atom.kind == AtomKind::Unknown || atom.kind == AtomKind::Slot ||
                   atom.kind == AtomKind::Result
               ? Three::Maybe
               : Three::No;
  int64_t number = 0;
  const char* end = constant.data() + constant.size();
  auto [at, error] = std::from_chars(constant.data(), end, number);
  bool same = error == std::errc() && at == end ? atom.number == number : atom.text == constant;
  return same ? Three::Yes : Three::No;
}

// Yes: every alternative is the constant. No: none can be.
Three value_is(const Value& value, const std::string& constant) {
  bool some = false, all = true;
  for (const Atom& atom : value.alternatives) {
    Three is = atom_is(atom, constant);
    some |= is != Three::No;
    all &= is == Three::Yes;
  }
  return all ? Three::Yes : some ? Three::Maybe : Three::No;
}

Three use_matches(const CodeUse& use, const ReachedCall& call) {
  Three result = Three::Yes;
  for (const CodeUse::Match& match : use.matches) {
    if (!match.field.empty()) {
      result = std::min(result, Three::Maybe);
      continue;
    }
    Three is = match.argument < call.arguments->size()
                   ? value_is((*call.arguments)[match.argument], match.constant)
                   : Three::No;
    result = std::min(result, is);
  }
  return result;
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
    if (binding.argument >= call.arguments->size()) continue;
    const Value& value = (*call.arguments)[binding.argument];
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
  CrossingFinding finding;
  bool carries = false, maybe = false;
  for (const CodeUse& use : code_.uses) {
    if (use.function != function) continue;
    carries = true;
    Three matches = use_matches(use, call);
    maybe |= matches == Three::Maybe;
    if (matches == Three::Yes) finding.crossings.push_back(judge(use, call));
  }
  if (!carries) return std::nullopt;
  if (!finding.crossings.empty()) return finding;
  finding.decided = !maybe;
  std::vector<std::string> arguments;
  for (const Value& value : *call.arguments) arguments.push_back(print(value));
  finding.undeclared = fmt::format("({})", fmt::join(arguments, ", "));
  return finding;
}

}  // namespace bh
