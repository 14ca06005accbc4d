// `check --least-privilege`: gathers what shows what is needed, asks what is granted besides, and
// looks for the smallest edit of the policy's text that takes it away and changes nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/check_settings.h"
#include "driver/pipeline/load.h"
#include "solver/queries/least_privilege.h"

namespace bh {

struct LeastRequest {
  std::string database;  // compile_commands.json: the code is extracted first; empty: it is not
  std::string facts;     // the folder that facts are kept in; both empty: no code is looked at
  std::vector<std::string> logs;
  Observed observed = Observed::Named;
  CheckOptions check;     // its threads are extractor processes, too
  size_t user_files = 0;  // the policy's own files, the first so many of its sources
};

// What is known of one component's use of what it is granted.
struct ComponentEvidence {
  ComponentId component;
  Knowledge knowledge = Knowledge::Nothing;
  std::array<size_t, EvidenceKinds> requests{};  // by kind
  bool code = false;                             // its code was looked at
  bool log = false;                              // some log names it
  size_t excess = 0;                             // cells in which it is granted too much
};

// A part of what one rule grants and nothing needs.
struct ExcessRegion {
  RuleId rule;
  ComponentId subject;
  OperationId operation;
  std::string when;  // "slot = 2"; empty: all arguments
  Knowledge knowledge = Knowledge::Some;
};

struct PolicyEdit {
  RuleId rule;
  std::string summary;
  std::vector<FixIt> fixes;
  bool exact = true;      // nothing of the rule's excess remains
  bool minimal = true;    // proved: no smaller edit
  std::string obstacle;   // not exact: why not more of it
  std::string objection;  // not empty: why it must not be made
  bool offered() const { return objection.empty() && !fixes.empty(); }
};

struct EditedFile {
  std::string path;
  std::string before;
  std::string after;
};

struct LeastResult {
  SettingsResult check;                     // of the policy as it is
  size_t cells = 0;                         // operations that somebody is granted
  std::vector<ComponentEvidence> evidence;  // of those who are granted something
  std::vector<ExcessRegion> excess;         // by rule, in declaration order
  std::vector<PolicyEdit> edits;            // declaration order
  std::vector<EditedFile> files;            // as they are once the edits are made
  std::vector<std::string> texts;           // of all of the policy's own files, edited
  size_t excess_cells = 0;
  bool minimal() const;
};

// Checks the policy like `check` and adds the findings about its excess to the same sink. The edit
// that is offered was tried: the edited text was read, it grants nothing that was not granted
// before and still all that is needed (proved, cell by cell), its properties have the verdicts they
// had, its tests pass, and it has no new finding. Fails when evidence cannot be read.
Result<LeastResult> least_privilege(LoadedPolicy& policy, const LeastRequest& request,
                                    const std::optional<Setting>& only);

}  // namespace bh
