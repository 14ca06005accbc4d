#include <fmt/format.h>

#include "driver/cli/commands.h"
#include "driver/pipeline/emit.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/selinux.h"
#include "targets/monitor/decode.h"

namespace bh::cli {

namespace fs = std::filesystem;

// Both targets: read back by an independent reader and proved equal before anything is written.
// What is on disk is what was proved.

static Result<std::optional<EmittedTable>> emit_after(LoadedPolicy& policy,
                                                      const std::string& earlier) {
  if (earlier.empty()) return emit_table(*policy.model, {}, policy.sink);
  BH_TRY(const std::string blob, read_file(earlier));
  BH_TRY(const DecodedPolicy decoded, decode_blob(std::as_bytes(std::span(blob))));
  return emit_successor(*policy.model, {}, decoded, policy.sink);
}

static Exit emit_monitor(LoadedPolicy& policy, const fs::path& output, const std::string& earlier,
                         bool json) {
  const Result<std::optional<EmittedTable>> result = emit_after(policy, earlier);
  if (!result.has_value()) return cannot_run(result.error());
  const std::optional<EmittedTable>& emitted = *result;
  print_findings(policy, json);
  if (!emitted) return exit_code(policy.sink);
  const Result<void> written = write_table(*policy.model, policy.sources, *emitted, output);
  if (!written.has_value()) return cannot_run(written.error());
  fmt::print(stderr, "wrote {}, {}.names and {}\n", output.string(), output.string(),
             (output.parent_path() / "stubs").string());
  if (!json) {
    fmt::print("monitor table: {} bytes for {} components, default deny\n  read back: {}\n",
               emitted->blob.size(), (*policy.model)->components.size(), print(emitted->check));
  }
  return exit_code(policy.sink);
}

static Exit emit_selinux(LoadedPolicy& policy, const fs::path& output, bool link_debian,
                         bool json) {
  std::vector<SelinuxBase> bases = {SelinuxBase::Minimal};
  if (link_debian) bases.push_back(SelinuxBase::Debian);
  const Result<std::vector<CheckedModel>> settings = open_settings(policy);
  if (!settings.has_value()) return cannot_run(settings.error());
  const Result<std::optional<ProvedCil>> proved =
      emit_and_prove(*settings, bases, user_cache(), policy.sink);
  if (!proved.has_value()) return cannot_run(proved.error());
  print_findings(policy, json);
  if (!*proved) return exit_code(policy.sink);
  const Result<void> written = write_file(output, (*proved)->module.text);
  if (!written.has_value()) return cannot_run(written.error());
  fmt::print(stderr, "wrote {}\n", output.string());
  if (!json) {
    fmt::print("{}", print((*proved)->module));
    for (const CompiledSelinux& compiled : (*proved)->compiled) fmt::print("{}", print(compiled));
  }
  return exit_code(policy.sink);
}

Exit emit(const Arguments& arguments) {
  const bool json = arguments.get("--format") == "json";
  const bool selinux = arguments.get("--target") == "selinux";
  const bool link_debian = arguments.has("--link-debian");
  if (link_debian && !selinux) {
    return cannot_run(
        {"--link-debian is for --target selinux", "leave it out, or choose that target"});
  }
  const std::string earlier = arguments.get("--reload-from");
  if (!earlier.empty() && selinux) {
    return cannot_run(
        {"--reload-from is for --target monitor", "leave it out, or choose that target"});
  }
  auto opened = open_policy(arguments.positional, json, arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const Model& model = **policy.model;
  if (model.rules.empty()) {
    return cannot_run(
        {"nothing to enforce: the policy has no rules", "add an `allow`, or name the right file"});
  }
  fs::path output = arguments.get("--output");
  if (output.empty()) output = model.name + (selinux ? ".cil" : ".tbl");
  return selinux ? emit_selinux(policy, output, link_debian, json)
                 : emit_monitor(policy, output, earlier, json);
}

}  // namespace bh::cli
