// What a check took for proved, as scripts that another solver can answer.
#pragma once

#include <string>
#include <vector>

#include "solver/queries/flow.h"

namespace bh {

class ObligationCollector {
 public:
  explicit ObligationCollector(Engine& engine) : engine_(engine) {}

  // That what the rules grant in each cell is what their conditions say, however it was simplified.
  void collect_cells();
  // What the engine was asked since the last time, under this name: the formulas, and what the
  // protocols never let happen.
  void collect(const std::string& name);
  // The flows of all properties with a verdict about one.
  void collect_flows(const FlowGraph& flows, const std::vector<PropertyVerdict>& verdicts);
  // Leaves what was collected with the result.
  void finish(CheckResult& result);

 private:
  void add_formulas(const std::string& name);
  void add_states(const std::string& name);

  Engine& engine_;
  std::vector<Obligation> obligations_;
  std::vector<std::string> not_exported_;
};

}  // namespace bh
