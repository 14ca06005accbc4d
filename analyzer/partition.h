// Where a program could be cut in two: one part keeps a privilege, the other handles what others
// have written, and asks. Advice: it rests on estimates and on a call graph seen from above.
//
// The part that asks holds every function that receives input, and all that lead to one (what they
// get back is input too). Of the remaining functions that lead to privileged calls, a minimum cut
// says which go to the part that is asked, so that the calls across and the lines that hold the
// privilege are as few as possible together. Functions that lead to neither can be linked into
// both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/call_graph.h"

namespace bh {

// A variable that both parts use.
struct SharedVariable {
  std::string name;
  bool written = false;  // by either: it has to be sent; otherwise a copy at the start is enough
};

struct Partition {
  std::vector<Privilege> privileges;   // that move
  std::vector<size_t> moved;           // nodes of functions that go with them, sorted
  std::vector<CallEdge> boundary;      // calls that become requests, the most frequent first
  uint64_t calls = 0;                  // across, in a run, by estimate
  std::vector<std::string> gained;     // functions of the system that the asking part loses
  std::vector<std::string> left;       // privileged ones that it still reaches
  size_t privileged_lines = 0;         // of the part that is asked, what it calls included
  size_t asking_lines = 0;             // of the other
  std::vector<SharedVariable> shared;  // by name
  std::vector<std::string> secrets;    // used by the part that is asked only, secret by their name
  size_t assumed = 0;                  // boundary calls that may not happen: by type, callbacks

  // Per function gained, how many orders of magnitude of calls it costs; more is better.
  double rating() const;
};

// One for each privilege that the program uses and one for all together, the best first. Empty when
// nothing receives input or no privilege is used.
std::vector<Partition> partitions(const Program& program, const Reach& reach,
                                  const CallGraph& graph);

// Whether a variable is secret by its name: "host_key", "shadow_pw".
bool sounds_secret(std::string_view variable);

}  // namespace bh
