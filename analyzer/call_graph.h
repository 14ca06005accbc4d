// Reached code as a graph, with an estimate of how often each call happens: what a boundary through
// it would cost.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/privileged.h"
#include "analyzer/reach.h"

namespace bh {

struct CallNode {
  FunctionId function;                 // invalid for a function of the system
  std::string name;                    // as a person writes it
  std::optional<Privilege> privilege;  // functions of the system only
  bool input = false;                  // receives bytes that someone else has written
  bool returns = true;                 // false: the end of the program, as `fatal`
  size_t lines = 0;
  Place at;  // its definition
};

struct CallEdge {
  size_t from = 0;
  size_t to = 0;
  Place at;  // the first call
  Certainty certainty = Certainty::Direct;
  size_t sites = 0;
  // How often, in one run of the program: with a profile what it says, otherwise
  // 10 ^ (depth in loops, those around the caller's own calls included), at most 10^4 a site.
  // Once for a callee that does not return, or that was handed over to be called by others.
  uint64_t calls = 0;
};

struct CallGraph {
  // Functions as in Reach::functions, then those of the system by name.
  std::vector<CallNode> nodes;
  std::vector<CallEdge> edges;  // by from and to, no two alike
  size_t weighed = 0;           // edges whose count comes from the profile

  // Whether the caller may use what the callee gives back.
  bool gives_back(const CallEdge& edge) const {
    return nodes[edge.to].returns && edge.certainty != Certainty::Callback;
  }
};

struct CallGraphOptions {
  // By plain name. Empty: functions that call one of input_of(), from streams only where there is
  // nothing else.
  std::vector<std::string> inputs;
  std::map<std::string, uint64_t> profile;  // calls of a function in a run, by plain name
};

CallGraph call_graph(const Program& program, const Reach& reach, const CallGraphOptions& options);

}  // namespace bh
