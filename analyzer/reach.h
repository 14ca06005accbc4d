// What a component's code can do: everything that execution which starts in its entries reaches,
// seen from above (nothing that really happens is missing, as far as the assumptions printed with
// the result hold).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzer/program.h"
#include "analyzer/prune.h"
#include "analyzer/slots.h"

namespace bh {

// How sure we are that a call goes to this target.
enum class Certainty : uint8_t {
  Direct,    // named at the call
  Slot,      // the slot called through may hold it
  Type,      // the slot could not be followed: every function of that type whose address is taken
  Resolved,  // the policy says so
  Callback,  // handed to code that is not part of the program: assumed to be called from there
};

std::string_view print(Certainty certainty);

struct Step {
  FunctionId caller;
  Place at;
  Certainty certainty = Certainty::Direct;
};

struct Resolution {
  std::string
      site;  // a slot's plain name: `Record.field`, a variable; or the function that holds the call
  std::vector<std::string> targets;
};

// `entry serve after fork() = 0`.
struct ReturnOfCall {
  FunctionId function;
  std::string callee;  // plain name
  int64_t value = 0;
};

// What to work out at calls of a function.
struct Watch {
  std::set<std::string> fields;    // what these ("Record.field") hold
  std::set<uint32_t> by_variable;  // arguments that are told apart by the variable they name, not
                                   // by what they hold
};

struct ReachOptions {
  std::vector<FunctionId> entries;
  std::vector<ReturnOfCall> returns;  // execution starts where one of these calls returns the value
  std::map<std::string, Watch> watched;  // by plain name of the function called
  // Link names: entries of other components. Handed to what starts a thread, they run there.
  std::set<std::string> elsewhere;
  std::vector<Assumption> assumptions;
  std::vector<Resolution> resolutions;
};

struct ReachedFunction {
  FunctionId function;
  std::optional<Step> from;  // the first way that was found; nothing for an entry
};

struct ReachedExternal {
  std::string name;  // link name
  Step from;
};

enum class UnresolvedReason : uint8_t {
  Untracked,    // its value comes from code that is not part of the program, or from arithmetic
  NeverStored,  // nothing in the program stores into it
};

struct UnresolvedSite {
  const IndirectCallFact* site = nullptr;
  FunctionId caller;
  UnresolvedReason reason = UnresolvedReason::Untracked;
  std::optional<Origin> origin = std::nullopt;  // of an untracked value
};

struct IndirectSite {
  const IndirectCallFact* site = nullptr;
  FunctionId caller;
  std::set<std::string> targets;  // link names
  Certainty certainty = Certainty::Slot;
};

struct ReachedCall {
  Step step;
  std::string callee;                             // link name
  const std::vector<Value>* arguments = nullptr;  // as written
  std::string block;
  uint32_t order = 0;  // among the calls of the block
  // Of a watched function: the arguments with each slot replaced by the constants that it may hold,
  // or, told apart by variable, by the global variables and fields that a parameter may stand for.
  // Unknown among the alternatives when it may be anything else.
  std::vector<Value> values;
  // In the same way, by field: what the caller stores there, or else what anyone does.
  std::map<std::string, Value> fields;
};

// A part of a function in which execution starts: what follows a call.
struct Region {
  FunctionId function;
  std::string start;          // block of the call
  uint32_t order = 0;         // of the call in its block
  std::set<uint32_t> blocks;  // numbers of those that are reached; empty: the function has one only
  bool returns = false;       // whether execution then goes on in the function's callers
  std::optional<size_t> after;  // the region by whose return this one starts
};

struct Reach {
  std::vector<ReachedFunction> functions;  // in the order in which they were reached
  std::vector<Region> regions;             // where execution starts by the return of a call
  std::vector<size_t> return_starts;   // by ReachOptions::returns: regions that it starts directly
  std::map<FunctionId, size_t> index;  // into functions
  std::vector<ReachedExternal> externals;  // the first call of each function outside of the program
  std::vector<ReachedCall> calls;          // every live call and each of its targets
  std::vector<ReachedCall>
      handed;  // calls by code outside of the program, where a function was handed to it
  std::vector<ReachedCall> started;              // of `elsewhere`, where a thread is made of them
  std::map<FunctionId, LiveFlow> flows;          // of reached functions with branches
  std::vector<const StoreFact*> stores;          // every live store
  std::vector<const ReferenceFact*> references;  // every live one
  std::vector<const CaseFact*> cases;            // every live one
  std::vector<const PassFact*> passes;           // every live one
  std::set<std::string> globals;  // variables that the code names, directly or through tables
  std::vector<const SpecialFact*> assembly;
  std::vector<IndirectSite> indirect;
  std::vector<UnresolvedSite> unresolved;
  std::vector<size_t> cuts;             // by assumption: branches it decided
  std::vector<size_t> resolution_uses;  // by resolution: sites or variables it applied to
};

Reach reach(const Program& program, const ReachOptions& options);

// The calls from an entry to this one, which is the last.
std::vector<Step> steps_to(const Reach& reach, const Step& last);

// The way from an entry to the function: "main (sshd.c:10)", "f (a.c:3)". Of several steps in a
// row inside of system headers only the first is named: "std::sort".
std::vector<std::string> path_to(const Program& program, const Reach& reach, const Step& last);

}  // namespace bh
