#include "driver/pipeline/build_system.h"

#include "core/base/sha256.h"
#include "driver/pipeline/files.h"
#include "targets/monitor/decode.h"
#include "targets/monitor/stubs.h"

namespace bh {

static Result<std::optional<EmittedTable>> emit_next(const EmittedTable& first,
                                                     const BuildOptions& options) {
  BH_TRY(const DecodedPolicy decoded, decode_blob(first.blob));
  BH_TRY(std::optional<EmittedTable> next,
         emit_successor(*options.next->model, options.emit, decoded, options.next->sink));
  if (!next) return next;
  if (auto written = write_file(options.work / "next.tbl", std::span<const std::byte>(next->blob));
      !written) {
    return tl::unexpected(written.error());
  }
  return next;
}

Result<std::optional<BuiltSystem>> build_system(const CheckedModel& model,
                                                const BuildOptions& options, DiagnosticSink& sink) {
  const std::optional<EmittedTable> unbound = emit_table(model, options.emit, sink);
  if (!unbound) return std::optional<BuiltSystem>();
  if (auto written = write_stubs(model, unbound->table, options.work); !written) {
    return tl::unexpected(written.error());
  }
  std::optional<EmittedTable> next;
  if (options.next != nullptr) {
    BH_TRY(next, emit_next(*unbound, options));
    if (!next) return std::optional<BuiltSystem>();
  }
  BH_TRY(std::optional<std::vector<std::string>> images,
         build_components(model,
                          {options.sources, options.sdk, options.work,
                           abi_hash(*model, unbound->table), options.ready, options.progress},
                          sink));
  if (!images) return std::optional<BuiltSystem>();
  EmitOptions emit = options.emit;
  for (const std::string& image : *images) emit.images.push_back(sha256(image));
  std::optional<EmittedTable> bound = emit_table(model, emit, sink);
  if (!bound) return std::optional<BuiltSystem>();
  return std::optional(BuiltSystem{std::move(*bound), std::move(*images), std::move(next)});
}

}  // namespace bh
