// Recognises the calls by which code asks another component for something, and looks for the rule.
#pragma once

#include <optional>
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

struct CrossingFinding {
  std::vector<Crossing> crossings;  // without `caller`
  // Not empty: the call goes through a function that carries requests, but no `uses` describes
  // these arguments.
  std::string undeclared;
  bool decided = true;  // undeclared for sure; otherwise an argument may be anything
};

class CrossingCheck {
 public:
  // Both are borrowed.
  CrossingCheck(const Model& model, const CodeMap& code) : model_(model), code_(code) {}

  // Nothing when the called function carries no request of this component.
  std::optional<CrossingFinding> look_at(const ReachedCall& call) const;

 private:
  Crossing judge(const CodeUse& use, const ReachedCall& call) const;

  const Model& model_;
  const CodeMap& code_;
};

}  // namespace bh
