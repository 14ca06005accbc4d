// The smallest edit of a policy's allow rules that takes their excess out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "solver/queries/least_privilege.h"

namespace bh {

// What one statement of an edited rule is about.
struct NarrowedRule {
  std::vector<ComponentId> subjects;          // some of the rule's, in its order
  std::vector<ConditionalOperation> targets;  // some of the rule's; their conditions mean nothing
  std::optional<std::string> when;            // its condition; nothing: the one that it had
};

struct RuleEdit {
  RuleId rule;
  std::vector<NarrowedRule> statements;  // in the rule's place; none: the rule goes
  bool joined =
      false;          // `when` is to hold besides the old condition, which differs between settings
  bool exact = true;  // false: part of the rule's excess remains
  std::string obstacle;  // and why: "it would take 12 statements"
  bool minimal = true;   // proved: no edit of these rules leaves fewer statements
};

struct EditLimits {
  std::vector<bool> fixed;   // by rule: its text is not the user's to edit
  std::vector<bool> single;  // by rule: others cite it, so it stays one statement
};

// One edit for each rule that allows more than is needed where something is known of that, in
// declaration order: no other rule has to change. An edit that is not exact may change nothing. Of
// several rules that allow the same, as few as possible remain. Every statement allows a part of
// what its rule did, and all of them together still allow whatever is needed.
std::vector<RuleEdit> smallest_edit(LeastPrivilege& least, const EditLimits& limits);

}  // namespace bh
