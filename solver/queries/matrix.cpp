#include "solver/queries/matrix.h"

#include <algorithm>
#include <map>

namespace bh {

namespace {

// The matches of one operation, by rule; several targets of one rule are one match.
struct OperationRules {
  std::vector<Match> allows;
  std::vector<Match> denies;
};

void add_match(std::vector<Match>& list, smt::Exprs& exprs, RuleId rule, smt::ExprId when) {
  if (!list.empty() && list.back().rule == rule) {
    list.back().when = exprs.any_of({list.back().when, when});
  } else {
    list.push_back({rule, when});
  }
}

smt::ExprId any(smt::Exprs& exprs, const std::vector<Match>& matches) {
  if (matches.size() == 1) return matches[0].when;
  std::vector<smt::ExprId> operands;
  for (const Match& match : matches) operands.push_back(match.when);
  return exprs.any_of(std::move(operands));
}

}  // namespace

Matrix::Matrix(const Model& model, Questions& questions) {
  std::vector<OperationRules> rules(model.operations.size());
  std::vector<SignatureId> signatures;
  std::vector<SignatureId> by_method;
  for (MethodId method : model.methods.ids())
    by_method.push_back(questions.signature_of(model, method));
  for (const Operation& operation : model.operations) {
    signatures.push_back(by_method[operation.method.value]);
  }
  for (RuleId id : model.rules.ids()) {
    const Rule& rule = model.rules[id];
    for (const ConditionalOperation& target : rule.targets) {
      smt::Exprs& exprs = questions.exprs(signatures[target.operation.value]);
      OperationRules& of_operation = rules[target.operation.value];
      add_match(rule.kind == RuleKind::Allow ? of_operation.allows : of_operation.denies, exprs, id,
                exprs.import(model.conditions, target.when));
    }
  }
  std::vector<MatrixCell> row(model.components.size());  // by subject, for one operation at a time
  for (OperationId operation : model.operations.ids()) {
    first_.push_back(cells_.size());
    OperationRules& of_operation = rules[operation.value];
    if (of_operation.allows.empty()) continue;
    for (const Match& match : of_operation.allows) {
      for (ComponentId subject : model.rules[match.rule].subjects)
        row[subject.value].allows.push_back(match);
    }
    for (const Match& match : of_operation.denies) {
      for (ComponentId subject : model.rules[match.rule].subjects)
        row[subject.value].denies.push_back(match);
    }
    smt::Exprs& exprs = questions.exprs(signatures[operation.value]);
    for (ComponentId subject : model.components.ids()) {
      MatrixCell cell = std::move(row[subject.value]);
      row[subject.value] = {};
      if (cell.allows.empty()) continue;
      cell.subject = subject;
      cell.operation = operation;
      cell.signature = signatures[operation.value];
      cell.denied = any(exprs, cell.denies);
      cell.granted = exprs.without(any(exprs, cell.allows), cell.denied);
      cells_.push_back(std::move(cell));
    }
  }
  first_.push_back(cells_.size());
}

const MatrixCell* Matrix::find(ComponentId subject, OperationId operation) const {
  const MatrixCell* last = end_of(operation);
  const MatrixCell* at =
      std::lower_bound(begin_of(operation), last, subject,
                       [](const MatrixCell& cell, ComponentId id) { return cell.subject < id; });
  return at != last && at->subject == subject ? at : nullptr;
}

size_t Matrix::conditional() const {
  return static_cast<size_t>(
      std::count_if(cells_.begin(), cells_.end(), [](const MatrixCell& cell) {
        return cell.granted != smt::Exprs::True && cell.granted != smt::Exprs::False;
      }));
}

uint64_t count_entries(const Model& model) {
  uint64_t count = 0;
  for (const Rule& rule : model.rules) {
    count += static_cast<uint64_t>(rule.subjects.size()) * rule.targets.size();
  }
  return count;
}

}  // namespace bh
