// Least privilege: what is granted, and what of it anything needs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/queries/argument_grid.h"
#include "solver/queries/engine.h"

namespace bh {

enum class EvidenceKind : uint8_t {
  Requirement,  // a step of a `require`
  Test,         // a step of a test that expects a grant
  Code,         // a request that a component's code makes
  Log,          // a request that was granted while the system ran
};
constexpr size_t EvidenceKinds = 4;

// One request, or requests, that something asks for or was seen to make.
struct Evidence {
  EvidenceKind kind = EvidenceKind::Test;
  ComponentId subject;                            // invalid: whoever the rule names
  OperationId operation;                          // invalid: whatever the rule names
  std::vector<std::optional<IntervalSet>> words;  // by parameter; what is missing may be anything
  ConditionId when = Conditions::True;            // Requirement: of the model's conditions
  RuleId rule;                                    // Log: what granted it, where the record tells
  Span span;                                      // where the policy says so
  std::string at;                                 // else: "src/parser.c:12", "boot.log:7"
};

// How the arguments of requests that were seen stand for others. What is not told is any value, and
// but for Exact a size stands for all smaller ones too.
enum class Observed : uint8_t {
  Named,  // each argument that the rules of the cell look at by itself: any combination of values
          // that were seen; of the other arguments any value
  Range,  // the same, and of integers every value between the least and the greatest
  Each,   // like Named, but for all arguments
  Exact,  // for themselves alone
};

// What is known of how a component uses what it is granted.
enum class Knowledge : uint8_t {
  Nothing,  // no requirement, test, code or log speaks of it
  Partial,  // its code could not be followed wholly: it may need more than was found
  Some,
};

struct LeastOptions {
  CheckOptions check;
  Observed observed = Observed::Named;
  // By the place of a test's step: which of its arguments it gives; the others are left to the least
  // value and tell nothing. A step that is not listed gives all of them.
  std::map<Span, std::vector<bool>> given = {};
};

// What the policy's own requirements and tests need, in one setting of its variants. `told`: by
// component, whether one of them speaks of it as a caller, be it to expect a refusal.
std::vector<Evidence> stated_evidence(const Model& model, const LeastOptions& options,
                                      std::vector<bool>& told);

// A cell of which some setting grants more than all of them need. Formulas are of the cell's
// signature and of all settings together.
struct ExcessCell {
  ComponentId subject;
  OperationId operation;
  SignatureId signature;
  Knowledge knowledge = Knowledge::Nothing;
  smt::ExprId granted;
  smt::ExprId needed;  // part of it, or beyond what is granted
  smt::ExprId excess;  // granted and not needed
};

// What one rule has to do with it.
struct ExcessPart {
  size_t cell;         // into LeastPrivilege::excess()
  smt::ExprId region;  // of the excess, what this rule allows
};

struct ExcessRule {
  RuleId rule;
  std::vector<ExcessPart> parts;  // in the order of the cells
};

// The excess of a policy in all settings of its variants: what some setting grants and none needs.
// What a protocol refuses in every state is not granted. The models must outlive it and have the
// same vocabulary; the first one is the standard setting.
class LeastPrivilege {
 public:
  // `seen`: code and logs, for all settings. `known`: by component, what they tell even where they
  // show no request: Some where a log or the whole code was read, Partial where code was not
  // followed wholly.
  LeastPrivilege(const std::vector<const CheckedModel*>& settings,
                 const std::vector<Evidence>& seen, const std::vector<Knowledge>& known,
                 const LeastOptions& options);
  LeastPrivilege(const LeastPrivilege&) = delete;
  LeastPrivilege& operator=(const LeastPrivilege&) = delete;

  const Model& model(size_t setting = 0) const { return **settings_[setting]; }
  Questions& questions() { return engines_[0]->questions; }
  SignatureId signature_of(OperationId operation) const {
    return engines_[0]->signature_of(operation);
  }
  smt::Exprs& exprs(OperationId operation) { return engines_[0]->exprs(operation); }
  // By setting, all in formulas of questions().
  size_t settings() const { return settings_.size(); }
  const Matrix& matrix(size_t setting) const {
    return setting == 0 ? engines_[0]->matrix : matrices_[setting - 1];
  }

  size_t cells() const { return cells_; }  // that the rules grant, wholly or in part
  const std::vector<ExcessCell>& excess() const { return excess_; }
  const std::vector<ExcessRule>& rules() const { return rules_; }  // declaration order
  // Cells of which the solver could not say whether they are granted more than is needed.
  const std::vector<std::pair<ComponentId, OperationId>>& undecided() const { return undecided_; }

  Knowledge knowledge(ComponentId subject) const { return knowledge_[subject.value]; }
  // How many requests of the component each kind of evidence shows.
  size_t count(ComponentId subject, EvidenceKind kind) const {
    return counts_[subject.value][static_cast<size_t>(kind)];
  }
  // Those that speak of the cell.
  std::vector<const Evidence*> evidence(ComponentId subject, OperationId operation) const;

  // Of a cell, over all settings: what the rules grant, what is needed (it may not be granted at
  // all), what one rule allows; and whether the protocols ever let a request through.
  smt::ExprId granted(ComponentId subject, OperationId operation);
  smt::ExprId needed(ComponentId subject, OperationId operation);
  smt::ExprId allowed(RuleId rule, ComponentId subject, OperationId operation);
  bool can_be_granted(ComponentId subject, OperationId operation);

 private:
  struct Item {
    Evidence evidence;
    smt::ExprId when;  // Requirement: its condition
  };
  void add_stated(size_t setting);
  void add_seen(const Evidence& evidence);
  void judge(const MatrixCell& cell);
  void group_by_rule();
  void match(const std::vector<size_t>& list, ComponentId subject, OperationId operation,
             std::vector<const Item*>& to) const;
  std::vector<const Item*> items(ComponentId subject, OperationId operation) const;
  smt::ExprId needed(ComponentId subject, OperationId operation, smt::ExprId granted);
  smt::ExprId observed(OperationId operation, const std::vector<ArgumentBox>& boxes,
                       smt::ExprId granted);

  std::vector<const CheckedModel*> settings_;
  LeastOptions options_;
  std::vector<std::unique_ptr<Engine>> engines_;  // by setting
  std::vector<Matrix> matrices_;  // of the further settings, in the first one's formulas
  std::vector<Item> items_;
  // Places in items_: of those that name subject and operation, and of others.
  std::map<std::pair<OperationId, ComponentId>, std::vector<size_t>> of_cell_;
  std::map<RuleId, std::vector<size_t>> of_rule_;
  std::map<ComponentId, std::vector<size_t>> of_subject_;
  std::map<OperationId, std::vector<size_t>> of_operation_;
  std::vector<Knowledge> knowledge_;                       // by component
  std::vector<std::array<size_t, EvidenceKinds>> counts_;  // by component
  size_t cells_ = 0;
  std::vector<ExcessCell> excess_;
  std::vector<ExcessRule> rules_;
  std::vector<std::pair<ComponentId, OperationId>> undecided_;
};

// "requirement", "test", "code", "log"
std::string_view print(EvidenceKind kind);

}  // namespace bh
