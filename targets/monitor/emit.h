// DecisionTable -> the blob that the microkernel's monitor loads (format:
// targets/microkernel/abi/bh_table.h). Row numbers are the model's ids: component i, endpoint i;
// method m of an endpoint is its operation m; the channels of a component are its list in the
// table. Protocols are in the table's order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/sha256.h"
#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

struct EmitOptions {
  uint32_t budget_ms = 1000;   // processor time a component may use after a message reaches it
  std::vector<Sha256> images;  // by component: the ELF file it must run; empty: any
  uint32_t call_ms = 1000;     // what the policy's `timeout` is when it has none; 0: without limit
  bool services = true;        // false: components, or who plays them, answer in the kernel's place
};

// Hash of what the images are compiled against: the components, their channels, and the endpoints
// with their methods, numbers and words (abi_text). A blob and an image that differ in it do not go
// together.
uint64_t abi_hash(const Model& model, const DecisionTable& table);

// One line each, in order: "component NAME", its "channel ENDPOINT", then "endpoint NAME RECEIVER",
// its "method NAME call|event ARGUMENTS RESULTS" with a w (a value) or b (a size in bytes) per
// word.
std::string abi_text(const Model& model, const DecisionTable& table);

// "2.1" -> major << 48 | minor << 32 | patch << 16 | build; nothing unless it is one to four
// numbers below 65536, joined by dots, and not all zero.
std::optional<uint64_t> policy_version(std::string_view text);

// Nothing, and a diagnostic, when the monitor cannot hold the table or the policy's own budget is
// exceeded. The same table gives the same bytes.
std::optional<std::vector<std::byte>> emit_blob(const Model& model, const DecisionTable& table,
                                                const EmitOptions& options, DiagnosticSink& sink);

}  // namespace bh
