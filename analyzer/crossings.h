// Recognises the calls by which code asks another component for something, and looks for the rule.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzer/reach.h"
#include "analyzer/validate.h"

namespace bh {

enum class Fit : uint8_t { Never, Maybe, Always };

// Whether the call's arguments and fields are what the clause says, over all that they may be. The
// function must be watched.
Fit fits(const std::vector<CodeUse::Match>& matches, const ReachedCall& call);

// Has the walk work out what these matches ask of calls of the function.
void watch(const Program& program, const std::string& function,
           const std::vector<CodeUse::Match>& matches, ReachOptions& options);

// One thing that a call may ask for and that no `uses` describes.
struct UndeclaredRequest {
  std::string arguments;                 // as a person reads them
  std::string told;                      // of these, what tells requests apart
  const ReachedCall* wrapper = nullptr;  // the call that passes what tells, if that is another one
};

struct CrossingFinding {
  std::vector<Crossing> crossings;             // without `caller`
  std::vector<const ReachedCall*> wrappers;    // by crossing, as in UndeclaredRequest
  std::vector<UndeclaredRequest> undeclared;   // beside an undecided one only the first
  std::optional<UndeclaredRequest> undecided;  // an argument may be anything
};

// A function that passes its parameters on is looked at once for each of its calls: which channel
// and which kind belong together is known there.
class CrossingCheck {
 public:
  // All are borrowed.
  CrossingCheck(const Model& model, const CodeMap& code, const Program& program,
                const Reach& reach);

  // Nothing when the called function carries no request of this component.
  std::optional<CrossingFinding> look_at(const ReachedCall& call) const;

 private:
  Crossing judge(const CodeUse& use, const ReachedCall& call) const;
  // The calls of the function that makes the call; empty when others may call it as well.
  std::vector<const ReachedCall*> wrappers(const ReachedCall& call) const;

  const Model& model_;
  const CodeMap& code_;
  const Program& program_;
  std::map<std::string, std::vector<const ReachedCall*>> calls_;  // by link name of the callee
  std::set<std::string> elsewhere_;  // link names of what is called by others than these
};

}  // namespace bh
