#include "driver/pipeline/emit.h"

#include <fmt/format.h>

#include "driver/pipeline/files.h"
#include "solver/queries/equivalence.h"
#include "targets/monitor/decode.h"
#include "targets/monitor/names.h"
#include "targets/monitor/reload.h"
#include "targets/monitor/stubs.h"
#include "targets/table/lower.h"

namespace bh {

namespace fs = std::filesystem;

TableCheck check_table(const CheckedModel& model, std::span<const std::byte> blob,
                       const Expected& expected, DiagnosticSink& sink,
                       const CheckOptions& options) {
  TableCheck check;
  const Result<DecodedPolicy> decoded = decode_blob(blob);
  if (!decoded) {
    sink.report(model->span, diag::TableDiffers, decoded.error().message);
    return check;
  }
  const Validation validation = validate(model, *decoded, expected);
  check.decisions = validation.decisions;
  check.protocol_rows = validation.protocol_rows;
  for (const std::string& difference : validation.differences) {
    sink.report(model->span, diag::TableDiffers, difference);
  }
  if (!validation.differences.empty()) return check;
  std::vector<ForeignCell> cells;
  for (const TableCell& cell : validation.cells)
    cells.push_back({cell.subject, cell.operation, cell.granted});
  const Equivalence result = prove_equal(model, decoded->conditions, cells, options);
  check.proofs = result.questions;
  switch (result.verdict) {
    case Verdict::Proved:
      check.equal = true;
      break;
    case Verdict::Violated:
      sink.report(
          model->span, diag::TableDiffers,
          fmt::format("only the {} grants {}", result.difference->model_grants ? "policy" : "table",
                      print(*model, result.difference->request)));
      break;
    case Verdict::Unknown:
      sink.report(model->span, diag::TableUndecided, result.reason);
      break;
  }
  return check;
}

std::string print(const TableCheck& check) {
  return fmt::format("{} decisions checked, {} ({} by proof, {} protocol rows)", check.decisions,
                     check.equal ? "0 differ" : "NOT EQUAL", check.proofs, check.protocol_rows);
}

static std::optional<EmittedTable> emit_lowered(const CheckedModel& model, DecisionTable table,
                                                const EmitOptions& options, bool successor,
                                                DiagnosticSink& sink) {
  std::optional<std::vector<std::byte>> blob = emit_blob(*model, table, options, sink);
  if (!blob) return std::nullopt;
  const Expected expected{options.budget_ms, options.images, options.call_ms, options.services,
                          successor};
  const TableCheck check = check_table(model, *blob, expected, sink);
  if (!check.equal) return std::nullopt;
  return EmittedTable{std::move(table), std::move(*blob), check};
}

std::optional<EmittedTable> emit_table(const CheckedModel& model, const EmitOptions& options,
                                       DiagnosticSink& sink) {
  std::optional<DecisionTable> table = lower(model, sink);
  if (!table) return std::nullopt;
  return emit_lowered(model, std::move(*table), options, false, sink);
}

Result<std::optional<EmittedTable>> emit_successor(const CheckedModel& model,
                                                   const EmitOptions& options,
                                                   const DecodedPolicy& earlier,
                                                   DiagnosticSink& sink) {
  BH_TRY(const KeptChannels kept, kept_channels(*model, earlier));
  std::optional<DecisionTable> table = lower(model, sink, kept);
  if (!table) return std::optional<EmittedTable>();
  if (auto fits = fits_images(*model, *table, earlier); !fits) return tl::unexpected(fits.error());
  return emit_lowered(model, std::move(*table), options, true, sink);
}

static Result<void> make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    return fail(fmt::format("cannot create '{}': {}", directory.string(), error.message()));
  return {};
}

Result<void> write_stubs(const CheckedModel& model, const DecisionTable& table,
                         const fs::path& directory) {
  const fs::path stubs = directory / "stubs";
  if (auto made = make_directory(stubs); !made) return made;
  for (const StubHeader& stub : make_stubs(*model, table)) {
    if (auto written = write_file(stubs / stub.file, stub.text); !written) return written;
  }
  return {};
}

Result<void> write_table(const CheckedModel& model, const SourceMap& sources,
                         const EmittedTable& emitted, const fs::path& path) {
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (auto made = make_directory(directory); !made) return made;
  if (auto written = write_file(path, std::span<const std::byte>(emitted.blob)); !written)
    return written;
  const std::string names = names_json(*model, emitted.table, sources);
  if (auto written = write_file(path.string() + ".names", names); !written) return written;
  return write_stubs(model, emitted.table, directory);
}

}  // namespace bh
