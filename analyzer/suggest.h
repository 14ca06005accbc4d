// Advice from code alone, before there is a policy: which programs there are, what privileged
// functions of the system they use, where each could be cut in two, and a first policy that states
// what the code does now. Never a gate.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/call_graph.h"
#include "analyzer/link_units.h"
#include "analyzer/partition.h"
#include "core/facts/facts.h"

namespace bh {

// Instructions of a monitored call and its reply on the bundled microkernel, as
// tests/bench/measure_ipc counts them.
constexpr uint64_t InstructionsPerRequest = 218;

struct SuggestOptions {
  std::vector<std::string> sources = {"**"};  // globs: the files to look at
  CallGraphOptions graph;
};

// A function of the system that a program calls.
struct PrivilegedUse {
  Privilege privilege = Privilege::Process;
  std::string function;
  std::string caller;  // of the first call
  Place at;
  size_t callers = 0;
};

// Code that was not followed: what it does is not in the advice.
struct BlindSpot {
  std::string function;  // that holds it; "" for a whole file
  Place at;
  std::string why;
};

struct ProgramAdvice {
  std::string name;  // fit for a policy; no two alike
  LinkUnit unit;
  std::vector<std::string> entries;  // as a policy writes them
  std::vector<PrivilegedUse> uses;   // by privilege and function
  std::vector<std::string> defines;  // names in the table of privileged functions that are its own
  CallGraph graph;
  std::vector<Partition> partitions;  // the best first
  size_t lines = 0;                   // of the functions reached
  size_t pointer_calls = 0;
  size_t pointer_calls_by_type = 0;
  std::vector<BlindSpot> blind;
};

struct Advice {
  std::vector<ProgramAdvice> programs;
  std::vector<std::string> failed_units;
};

// No programs when no unit matches.
Advice advise(const Facts& facts, const SuggestOptions& options);

// A policy text: each program a component, what it uses of the system as objects that it may call,
// what it does not use as forbidden. Not yet laid out as `bulkhead fmt` does.
std::string first_policy(const Advice& advice, const Facts& facts);

// For people; `each` lists all candidates, moved functions and blind spots.
std::string print(const Advice& advice, bool each);
std::string print_json(const Advice& advice);

}  // namespace bh
