// The monitor target end to end: policy → table → blob, read back by the independent reader and
// proved equal to the policy before anybody may use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "core/source/source.h"
#include "solver/check.h"
#include "targets/monitor/emit.h"
#include "targets/monitor/validate.h"
#include "targets/table/decision_table.h"

namespace bh {

// What the comparison of a blob with its policy covered.
struct TableCheck {
  uint64_t decisions = 0;      // (component, endpoint, method)
  uint64_t protocol_rows = 0;  // (protocol, state, method)
  size_t proofs = 0;           // conditions whose equality took a proof
  bool equal = false;          // only this lets a blob be used
};

// Reads the blob back and proves that it decides as the policy does. A difference is BH6007, an
// open question BH6008.
TableCheck check_table(const CheckedModel& model, std::span<const std::byte> blob,
                       const Expected& expected, DiagnosticSink& sink,
                       const CheckOptions& options = {});

// "108 decisions checked, 0 differ (3 conditions by proof, 8 protocol rows)"
std::string print(const TableCheck& check);

struct EmittedTable {
  DecisionTable table;
  std::vector<std::byte> blob;
  TableCheck check;  // INVARIANT: equal
};

// Nothing when the sink has an error afterwards, or an open question. A policy without rules is not
// emitted: the caller says that there is nothing to enforce.
std::optional<EmittedTable> emit_table(const CheckedModel& model, const EmitOptions& options,
                                       DiagnosticSink& sink);
// Likewise a table that a running system can load in place of the earlier one; fails when it
// cannot.
Result<std::optional<EmittedTable>> emit_successor(const CheckedModel& model,
                                                   const EmitOptions& options,
                                                   const DecodedPolicy& earlier,
                                                   DiagnosticSink& sink);

// Writes the blob to `path`, its names to `path`.names, and the stub headers to the folder `stubs`
// beside it.
Result<void> write_table(const CheckedModel& model, const SourceMap& sources,
                         const EmittedTable& emitted, const std::filesystem::path& path);

// Only the stub headers, into `directory`/stubs.
Result<void> write_stubs(const CheckedModel& model, const DecisionTable& table,
                         const std::filesystem::path& directory);

}  // namespace bh
