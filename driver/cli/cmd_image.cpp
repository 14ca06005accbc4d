#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "driver/cli/commands.h"
#include "driver/pipeline/build_system.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/image.h"
#include "driver/pipeline/image_reader.h"
#include "driver/pipeline/machine.h"

namespace bh::cli {

namespace fs = std::filesystem;

// Four parts of 16 bits, as the table has them: "2.1".
static std::string version_text(uint64_t version) {
  std::string text = fmt::format("{}.{}", version >> 48, version >> 32 & 0xffff);
  if ((version & 0xffff'ffff) != 0) text += fmt::format(".{}", version >> 16 & 0xffff);
  if ((version & 0xffff) != 0) text += fmt::format(".{}", version & 0xffff);
  return text;
}

static void print_image(const ImageDescription& image) {
  const size_t absent =
      static_cast<size_t>(std::count_if(image.files.begin(), image.files.end(),
                                        [](const ImageFile& file) { return file.bytes == 0; }));
  fmt::print("digest      {}\n", print(image.digest));
  fmt::print("version     {}\n", version_text(image.policy_version));
  fmt::print("components  {}{}\n", image.files.size() - absent,
             absent == 0 ? "" : fmt::format(", {} absent", absent));
  fmt::print("store       {} blocks from byte {}\n", image.data_blocks, image.store_offset);
  fmt::print("root hash   {}\n", print(image.root_hash));
  fmt::print("table       {} bytes from byte {}\n", image.table_bytes, image.table_offset);
  fmt::print("healthy     within {} ms\n", image.healthy_ms);
}

static Exit verify_image(const fs::path& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes.has_value()) return cannot_run(bytes.error());
  const Result<ImageDescription> image = read_system_image(*bytes);
  if (!image.has_value()) {
    fmt::print("NOT SOUND: {}: {}\n", path.string(), image.error().message);
    return Exit::Findings;
  }
  print_image(*image);
  fmt::print("every byte is vouched for\n");
  return Exit::Clean;
}

// "NAME=FILE,NAME=FILE"
static Result<void> read_ready(std::string_view text, const CheckedModel& model,
                               BuildOptions& options) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const size_t equals = part.find('=');
    const std::string name(part.substr(0, equals));
    const bool known = std::any_of(model->components.begin(), model->components.end(),
                                   [&](const Component& c) { return c.name == name; });
    if (equals == std::string_view::npos || !known) {
      return fail(fmt::format("--elf '{}' is no COMPONENT=FILE of this policy", part));
    }
    options.ready[name] = std::string(part.substr(equals + 1));
  }
  return {};
}

static Result<std::optional<BuiltSystem>> build(LoadedPolicy& policy, BuildOptions options) {
  BH_TRY(const Machine machine, find_machine({}));
  BH_TRY(const TemporaryDirectory work, TemporaryDirectory::create());
  options.sdk = machine.home / "sdk";
  options.work = work.path();
  return build_system(*policy.model, options, policy.sink);
}

// Reads back what it has packed before anything is written.
static Result<ImageDescription> write_image(const BuiltSystem& system, uint32_t healthy_ms,
                                            const fs::path& output, const fs::path& state) {
  ImageContents contents{system.table.blob, system.images};
  contents.healthy_ms = healthy_ms;
  BH_TRY(const std::string bytes, pack_image(contents));
  BH_TRY(ImageDescription image, read_system_image(bytes));
  if (!state.empty()) {
    if (auto written = write_first_state(state, image.digest, image.policy_version); !written) {
      return tl::unexpected(written.error());
    }
  }
  if (auto written = write_file(output, bytes); !written) return tl::unexpected(written.error());
  return image;
}

Exit image(const Arguments& arguments) {
  if (arguments.has("--verify")) return verify_image(arguments.get("--verify"));
  const fs::path output = arguments.get("--output");
  if (output.empty()) return cannot_run({"where to?", "bulkhead image FOLDER -o system.img"});
  const std::string within = arguments.get("--healthy-within");
  uint32_t healthy_ms = 0;
  const auto [end, error] =
      std::from_chars(within.data(), within.data() + within.size(), healthy_ms);
  if (error != std::errc() || end != within.data() + within.size() || healthy_ms == 0) {
    return cannot_run(
        {fmt::format("--healthy-within '{}' is no number of milliseconds", within), ""});
  }
  const fs::path given = arguments.positional.empty() ? "." : arguments.positional.front();
  auto opened = open_policy({given.string()}, false, arguments.get("--set"));
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  BuildOptions options;
  options.sources = fs::is_directory(given) ? given : given.parent_path();
  if (auto read = read_ready(arguments.get("--elf"), *policy.model, options); !read) {
    return cannot_run(read.error());
  }
  const Result<std::optional<BuiltSystem>> system = build(policy, std::move(options));
  if (!system.has_value()) return cannot_run(system.error());
  print_findings(policy, false);
  if (!*system) return exit_code(policy.sink);
  const Result<ImageDescription> image =
      write_image(**system, healthy_ms, output, fs::path(arguments.get("--state")));
  if (!image.has_value()) return cannot_run(image.error());
  fmt::print("wrote {}\n", output.string());
  print_image(*image);
  if (arguments.has("--state")) {
    fmt::print("wrote {}: slot A runs this image, or newer ones\n", arguments.get("--state"));
  }
  return exit_code(policy.sink);
}

}  // namespace bh::cli
