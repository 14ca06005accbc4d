// The reached calls of each function in the order of its control flow, for questions about what was
// called before what.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/reach.h"

namespace bh {

// One place that calls.
struct FlowSite {
  uint32_t order = 0;
  Place at;
  std::vector<const ReachedCall*> calls;  // one for each function that it may call
  bool certain = true;                    // it does call one of them; else perhaps none
};

struct FlowBody {
  struct Block {
    std::vector<uint32_t> next;   // edges that no assumption excludes
    std::vector<FlowSite> sites;  // in the order of evaluation
    bool leaves = false;          // the function returns from here
  };
  std::map<uint32_t, Block> blocks;
  uint32_t entry = 0;
};

class CallFlow {
 public:
  // Both are borrowed.
  CallFlow(const Program& program, const Reach& reach);

  // Of a reached function.
  const FlowBody& body(FunctionId function) const { return bodies_.at(function); }
  // Whether a call of the function never comes back: exit, abort and what is declared so.
  bool never_returns(const std::string& link_name) const;

  // Of a record's block, "ID:n"; of a function without branches 0.
  static uint32_t block_number(const std::string& block);

 private:
  void add(const ReachedCall& call, bool certain);

  const Program& program_;
  std::map<FunctionId, FlowBody> bodies_;
};

}  // namespace bh
