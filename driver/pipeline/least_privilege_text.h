// Edits of rules as edits of the text that they were written in: as little of it as can be, and
// every comment stays.
#pragma once

#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "driver/pipeline/load.h"
#include "solver/queries/least_edit.h"

namespace bh {

// One rule's edit: the pieces of text to replace, none of which overlap.
struct TextEdit {
  RuleId rule;
  std::string summary;  // "remove rule 'x'", "narrow rule 'x' to slot = 1"
  std::vector<FixIt> fixes;
};

// One for each of the edits. Statements that only speak of a rule which goes (its `audit`, its
// `approximate`) go with it.
std::vector<TextEdit> text_edits(const LoadedPolicy& policy, const std::vector<RuleEdit>& edits);

// The text of the file once it is edited, in the canonical layout where it parses.
std::string apply_edits(const SourceFile& file, FileId id, const std::vector<TextEdit>& edits);

}  // namespace bh
