#include "solver/queries/matrix.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bh {

namespace {

// A rule's targets that are the same operation and of the same owners.
struct Mention {
  RuleId rule;
  Whose whose;
  smt::ExprId when;
};

struct OperationRules {
  std::vector<Mention> allows;
  std::vector<Mention> denies;
};

void add_mention(std::vector<Mention>& list, smt::Exprs& exprs, RuleId rule,
                 const ConditionalOperation& target, smt::ExprId when) {
  if (!list.empty() && list.back().rule == rule && list.back().whose == target.whose) {
    list.back().when = exprs.any_of({list.back().when, when});
  } else {
    list.push_back({rule, target.whose, when});
  }
}

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
      add_mention(rule.kind == RuleKind::Allow ? of_operation.allows : of_operation.denies, exprs,
                  id, target, exprs.import(model.conditions, target.when));
    }
  }
  std::vector<MatrixCell> row(model.components.size());  // by subject, for one operation at a time
  std::vector<ComponentId> mentioned;                    // in the row
  for (OperationId operation : model.operations.ids()) {
    first_.push_back(cells_.size());
    OperationRules& of_operation = rules[operation.value];
    if (of_operation.allows.empty()) continue;
    smt::Exprs& exprs = questions.exprs(signatures[operation.value]);
    const auto spread = [&](const std::vector<Mention>& mentions,
                            std::vector<Match> MatrixCell::* list) {
      for (const Mention& mention : mentions) {
        const ConditionalOperation target{operation, Conditions::True, mention.whose};
        for (ComponentId subject : model.rules[mention.rule].subjects) {
          if (!covers(model, target, subject)) continue;
          MatrixCell& cell = row[subject.value];
          if (cell.allows.empty() && cell.denies.empty()) mentioned.push_back(subject);
          add_match(cell.*list, exprs, mention.rule, mention.when);
        }
      }
    };
    spread(of_operation.allows, &MatrixCell::allows);
    spread(of_operation.denies, &MatrixCell::denies);
    std::sort(mentioned.begin(), mentioned.end());
    for (ComponentId subject : std::exchange(mentioned, {})) {
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
