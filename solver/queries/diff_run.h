// What the parts of a diff share: which cells both policies have to be compared in, and both
// policies cut down to these.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "solver/queries/diff.h"
#include "solver/queries/diff_rules.h"
#include "solver/queries/engine.h"
#include "solver/queries/flow.h"
#include "solver/queries/matrix.h"
#include "solver/queries/questions.h"
#include "solver/queries/region.h"
#include "solver/queries/slice.h"
#include "solver/reference/evaluator.h"

namespace bh {

constexpr DiffSide BothSides[] = {DiffSide::Before, DiffSide::After};

constexpr DiffSide other(DiffSide side) {
  return side == DiffSide::Before ? DiffSide::After : DiffSide::Before;
}

class DiffRun {
 public:
  DiffRun(const CheckedModel& before, const CheckedModel& after, const DiffOptions& options,
          const Alignment::Refused& refused);

  const DiffOptions& options;
  Alignment alignment;
  RuleMatching rules;
  std::vector<JointCell> touched;
  std::vector<bool> protocols_differ;  // by joint endpoint: not the same as they stand
  // Components (joint, the lesser first) whose requests to each other may be granted differently:
  // the parts hold all of them. Sorted.
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  PolicyDiff result;

  const CheckedModel& checked(DiffSide side) const {
    return side == DiffSide::Before ? before_ : after_;
  }
  const Model& model(DiffSide side) const { return *checked(side); }

  // ---- the cells that are looked at: named first, then cut out
  void want(uint32_t endpoint, uint32_t subject);
  void want_all(uint32_t endpoint);
  // All cells in which one of the two asks the other.
  void want_pair(uint32_t a, uint32_t b);
  // What touched cells and changed protocols call for.
  void want_touched();
  const Slice& part(DiffSide side);
  const Matrix& matrix(DiffSide side);
  Engine& engine(DiffSide side);  // of the part
  // Of the whole policy: as dear as checking it.
  Engine& whole(DiffSide side);
  const FlowGraph& flows(DiffSide side);

  // ---- joint formulas
  Questions& questions() { return questions_; }
  SignatureId signature(uint32_t operation);
  smt::ExprId to_joint(DiffSide side, uint32_t operation, smt::ExprId granted);
  // The joint formula in the side's own words, as the part's engine asks about it.
  smt::ExprId to_engine(DiffSide side, uint32_t operation, smt::ExprId formula);
  // The words that satisfy it, as the side's own; nothing when they are too many to list.
  std::optional<std::vector<Box>> region(DiffSide side, uint32_t operation, smt::ExprId formula);
  // "port = 53" in the side's words.
  std::string text_of(DiffSide side, uint32_t operation, smt::ExprId formula);

  // ---- both sides of one thing
  JointCell joint(DiffSide side, const MatrixCell& cell) const {
    return {alignment.operations.joint(side, cell.operation),
            alignment.components.joint(side, cell.subject)};
  }
  const MatrixCell* cell(DiffSide side, JointCell at);
  // The joint words of a request, as a request of the side; nothing when it has no words for it.
  std::optional<Request> request(DiffSide side, JointCell at, const std::vector<uint64_t>& words);
  std::optional<Request> translate(DiffSide from, const Request& request);

  // Fills in what both reference evaluators, of the whole policies, say of the trace. False, and an
  // internal error, when they do not show what they should.
  bool confirm(ChangeWitness& witness, std::string_view what);
  void add(PolicyChange change, std::string meaning);
  void undecided(std::string what);

  const std::string& name(DiffSide side, ComponentId id) const {
    return model(side).components[id].name;
  }

 private:
  void compare_protocols();

  const CheckedModel& before_;
  const CheckedModel& after_;
  CellSet cells_[2];
  std::optional<Slice> parts_[2];
  std::optional<Matrix> matrices_[2];
  std::unique_ptr<Engine> engines_[2];
  std::unique_ptr<Engine> wholes_[2];
  std::optional<FlowGraph> flows_[2];
  Questions questions_;
  std::vector<SignatureId> signatures_;  // by joint operation, once asked for
  std::map<std::pair<SignatureId, smt::ExprId>, std::optional<std::vector<Box>>> regions_;
  std::optional<Evaluator> evaluators_[2];
};

// "{ Parser, Network } -> KeyStore.keys.{sign, lock}" in the side's names: groups by their names,
// whole endpoints without their methods; long lists are cut short.
std::string print_cells(const Model& model, const std::vector<ComponentId>& subjects,
                        const std::vector<OperationId>& operations);

// ---- the parts; each adds its changes ----------------------------------------------------------

void diff_requests(DiffRun& run);
void diff_behaviour(DiffRun& run);
// What is known of the flows once they have been compared.
enum class FlowsAre : uint8_t {
  Untouched,  // no datum moves that did not, or the other way round
  Unchanged,  // some do, but whatever could get somewhere still can, and nothing else
  Compared,   // both graphs were made
};
FlowsAre diff_flows(DiffRun& run);
void diff_properties(DiffRun& run, FlowsAre flows);
void diff_statements(DiffRun& run);

// Whether the endpoint's protocols are the same as they stand, states by their names.
bool same_protocols(const Alignment& alignment, EndpointId before, EndpointId after);

}  // namespace bh
