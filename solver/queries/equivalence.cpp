#include "solver/queries/equivalence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "solver/queries/matrix.h"
#include "solver/queries/questions.h"
#include "solver/reference/evaluator.h"

namespace bh {

static ConditionId copy(const Conditions& from, ConditionId id, Conditions& out) {
  const Condition& condition = from[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return Conditions::True;
    case ConditionKind::False:
      return Conditions::False;
    case ConditionKind::In:
      return out.in(condition.word, condition.set);
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::vector<ConditionId> operands;
      for (ConditionId operand : condition.operands) operands.push_back(copy(from, operand, out));
      return condition.kind == ConditionKind::And ? out.all_of(operands) : out.any_of(operands);
    }
  }
  BH_CHECK(false);
}

ConditionId effective(const Model& model, Conditions& out, ComponentId subject,
                      OperationId operation) {
  std::vector<ConditionId> allows;
  std::vector<ConditionId> denies;
  for (const Rule& rule : model.rules) {
    if (std::find(rule.subjects.begin(), rule.subjects.end(), subject) == rule.subjects.end())
      continue;
    for (const ConditionalOperation& target : rule.targets) {
      if (target.operation != operation || !covers(model, target, subject)) continue;
      std::vector<ConditionId>& list = rule.kind == RuleKind::Allow ? allows : denies;
      list.push_back(copy(model.conditions, target.when, out));
    }
  }
  std::vector<ConditionId> parts;
  const std::vector<Parameter>& parameters = model.method_of(operation).parameters;
  for (uint32_t i = 0; i < parameters.size(); ++i)
    parts.push_back(out.in(i, model.types[parameters[i].type].domain));
  parts.push_back(out.any_of(allows));
  parts.push_back(out.negate(out.any_of(denies)));
  return out.all_of(parts);
}

namespace {

// Everything is compared over all words, so one signature a number of words.
class Comparison {
 public:
  Comparison(const CheckedModel& model, const Conditions& foreign, const CheckOptions& options)
      : checked_(model),
        model_(*model),
        foreign_(foreign),
        within_(options.rlimit),
        questions_(options.rlimit),
        matrix_(model_, within_) {}

  Equivalence run(const std::vector<ForeignCell>& cells) {
    std::map<std::pair<OperationId, ComponentId>, std::vector<ConditionId>> listed;
    for (const ForeignCell& cell : cells)
      listed[{cell.operation, cell.subject}].push_back(cell.granted);
    for (const MatrixCell& cell : matrix_.cells())
      listed.try_emplace({cell.operation, cell.subject});
    Equivalence result;
    result.cells = model_.components.size() * model_.operations.size();
    result.verdict = Verdict::Proved;
    for (const auto& [key, conditions] : listed) {
      compare(key.second, key.first, conditions, result);
      if (result.verdict == Verdict::Violated) break;
    }
    result.questions = questions_.asked();
    return result;
  }

 private:
  smt::ExprId of_model(smt::Exprs& exprs, const MatrixCell* cell) {
    if (!cell) return smt::Exprs::False;
    const auto [it, is_new] = moved_.try_emplace({cell->signature, cell->granted});
    if (is_new) it->second = widen(exprs, within_.exprs(cell->signature), cell->granted);
    return it->second;
  }

  // A formula meant within domains, as one over all words.
  smt::ExprId widen(smt::Exprs& exprs, const smt::Exprs& narrow, smt::ExprId id) {
    std::vector<smt::ExprId> parts = {
        rebuild(narrow, id, exprs,
                [&](uint32_t word, const IntervalSet& set) { return exprs.in(word, set); })};
    for (uint32_t word = 0; word < narrow.domains().size(); ++word) {
      parts.push_back(exprs.in(word, narrow.domains()[word]));
    }
    return exprs.all_of(std::move(parts));
  }

  void compare(ComponentId subject, OperationId operation,
               const std::vector<ConditionId>& conditions, Equivalence& result) {
    const size_t words = model_.method_of(operation).parameters.size();
    const SignatureId signature =
        questions_.signature(std::vector<IntervalSet>(words, IntervalSet::all()));
    smt::Exprs& exprs = questions_.exprs(signature);
    std::vector<smt::ExprId> listed;
    for (ConditionId condition : conditions) listed.push_back(exprs.import(foreign_, condition));
    const smt::ExprId theirs = exprs.any_of(std::move(listed));
    const smt::ExprId ours = of_model(exprs, matrix_.find(subject, operation));
    const smt::ExprId differ = exprs.differ(ours, theirs);
    switch (questions_.never(signature, differ)) {
      case smt::AnswerKind::Holds:
        return;
      case smt::AnswerKind::Unknown:
        give_up(result, subject, operation, "the solver gave up");
        return;
      case smt::AnswerKind::Violated:
        break;
    }
    const smt::Answer& least = questions_.least(signature, differ);
    if (least.kind != smt::AnswerKind::Violated) {
      give_up(result, subject, operation, least.reason);
      return;
    }
    report({subject, operation, least.words}, exprs.evaluate(ours, least.words), result);
  }

  void give_up(Equivalence& result, ComponentId subject, OperationId operation,
               const std::string& why) {
    result.verdict = Verdict::Unknown;
    if (!result.reason.empty()) return;
    result.reason =
        fmt::format("{} -> {}: {}", model_.components[subject].name, print(model_, operation), why);
  }

  void report(Request request, bool model_grants, Equivalence& result) {
    const Reason reason = Evaluator(checked_).decide(request).reason;
    const bool rules_grant = reason == Reason::Allowed || reason == Reason::Protocol;
    if (rules_grant != model_grants) {
      give_up(result, request.caller, request.operation,
              "the reference evaluator disagrees with the solver");
      return;
    }
    result.verdict = Verdict::Violated;
    result.difference = Difference{std::move(request), model_grants};
  }

  const CheckedModel& checked_;
  const Model& model_;
  const Conditions& foreign_;
  Questions within_;
  Questions questions_;
  Matrix matrix_;
  std::map<std::pair<SignatureId, smt::ExprId>, smt::ExprId>
      moved_;  // formulas of within_, widened
};

}  // namespace

Equivalence prove_equal(const CheckedModel& model, const Conditions& foreign,
                        const std::vector<ForeignCell>& cells, const CheckOptions& options) {
  if (count_entries(*model) > options.entry_limit) {
    Equivalence result;
    result.reason =
        fmt::format("the policy's rules speak of more than {} (rule, subject, operation) triples",
                    options.entry_limit);
    return result;
  }
  return Comparison(model, foreign, options).run(cells);
}

}  // namespace bh
