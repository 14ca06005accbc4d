#include "driver/pipeline/components.h"

#include <fmt/format.h>

#include <cstring>
#include <sstream>

#include "driver/pipeline/files.h"
#include "driver/pipeline/machine.h"
#include "driver/pipeline/process.h"
#include "targets/microkernel/abi/bh_table.h"
#include "targets/monitor/stubs.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

class Builder {
 public:
  Builder(const CheckedModel& model, const ComponentsOptions& options, DiagnosticSink& sink)
      : model_(*model), options_(options), sink_(sink) {}

  Result<std::optional<std::vector<std::string>>> build() {
    BH_TRY(compiler_, find_tool("clang++-19", "clang-19 libstdc++-12-dev-arm64-cross"));
    BH_TRY(linker_, find_tool("ld.lld-19", "lld-19"));
    std::vector<fs::path> sources;
    for (ComponentId id : model_.components.ids()) {
      BH_TRY(const fs::path source, source_of(id));
      sources.push_back(source);
    }
    bool runtime = true;
    for (const char* part : Runtime) {
      BH_TRY(const bool compiled, compile(user() / part, runtime_object(part), model_.span));
      runtime &= compiled;
    }
    std::vector<std::string> images;
    for (ComponentId id : model_.components.ids()) {
      const Component& component = model_.components[id];
      if (const auto ready = options_.ready.find(component.name); ready != options_.ready.end()) {
        BH_TRY(std::string image, ready_image(ready->second));
        images.push_back(std::move(image));
        continue;
      }
      if (options_.progress) options_.progress(id.value + 1, sources.size(), component.name);
      const fs::path object = options_.work / (file_stem(model_, id) + ".o");
      BH_TRY(const bool compiled, compile(sources[id.value], object, component.span));
      if (!compiled || !runtime) continue;
      const fs::path elf = options_.work / (file_stem(model_, id) + ".elf");
      BH_TRY(const bool linked, link(object, elf, component.span));
      if (!linked) continue;
      BH_TRY(std::string image, read_file(elf));
      images.push_back(std::move(image));
    }
    if (images.size() != sources.size()) return std::optional<std::vector<std::string>>();
    return std::optional(std::move(images));
  }

 private:
  static constexpr const char* Runtime[] = {"bulkhead.cpp", "bulkhead_c.cpp"};
  fs::path user() const { return options_.sdk / "targets/microkernel/user"; }
  fs::path runtime_object(const char* part) const {
    return options_.work / fmt::format("runtime_{}.o", part);
  }

  Result<std::string> ready_image(const fs::path& file) const {
    BH_TRY(std::string image, read_file(file));
    const size_t at = image.find("BHIMAGE1");
    bh_image_header header{};
    if (at == std::string::npos || image.size() - at < sizeof header) {
      return fail(fmt::format("'{}' is no component's image", file.string()),
                  "link it with the user library and write BH_COMPONENT(..) once");
    }
    std::memcpy(&header, image.data() + at, sizeof header);
    if (header.abi_hash == options_.abi_hash) return image;
    return fail(fmt::format("'{}' is made for the ABI hash {:#x}, the policy's is {:#x}",
                            file.string(), header.abi_hash, options_.abi_hash),
                "compile it with the stubs of this policy (bulkhead emit)");
  }

  Result<fs::path> source_of(ComponentId id) const {
    if (options_.ready.count(model_.components[id].name) != 0) return fs::path();
    const fs::path stem = options_.sources / file_stem(model_, id);
    const fs::path cpp = stem.string() + ".cpp";
    const fs::path c = stem.string() + ".c";
    std::error_code error;
    const bool in_c = fs::exists(c, error);
    if (fs::exists(cpp, error)) {
      if (!in_c) return cpp;
      return fail(fmt::format("component '{}' has two sources: '{}' and '{}'",
                              model_.components[id].name, cpp.string(), c.string()),
                  "remove one");
    }
    if (in_c) return c;
    if (model_.components[id].kind == ComponentKind::Object) return user() / "object_server.cpp";
    return fail(fmt::format("component '{}' has no source: '{}' does not exist",
                            model_.components[id].name, cpp.string()),
                "each component is one C++ or C file that is named like it, in lower case");
  }

  Result<bool> compile(const fs::path& source, const fs::path& object, Span span) {
    std::vector<std::string> command = {compiler_, "@" + (options_.sdk / "compile.flags").string()};
    if (source.extension() == ".c") {
      command.insert(command.end(), {"-x", "c", "-std=gnu11"});
    } else {
      command.insert(command.end(), {"-std=gnu++20", "-fno-exceptions", "-fno-rtti",
                                     "-fno-threadsafe-statics", "-Wno-register"});
    }
    command.insert(
        command.end(),
        {"-O2", "-ffreestanding", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables",
         "-fno-stack-protector", "-fno-pic", "-fno-ident", "-Wall", "-Wextra",
         "-I" + options_.sdk.string(), "-I" + options_.work.string(),
         "--embed-dir=" + options_.work.string(),
         fmt::format("-DBH_ABI_HASH={:#x}", options_.abi_hash), "-c", source, "-o", object});
    return run(command, source, span);
  }
  Result<bool> link(const fs::path& object, const fs::path& elf, Span span) {
    std::vector<std::string> command = {linker_,
                                        "-static",
                                        "--build-id=none",
                                        "-z",
                                        "max-page-size=4096",
                                        "-z",
                                        "noexecstack",
                                        "--fatal-warnings",
                                        "-T",
                                        user() / "component.ld",
                                        "-o",
                                        elf,
                                        object};
    for (const char* part : Runtime) command.push_back(runtime_object(part));
    return run(command, object, span);
  }
  Result<bool> run(const std::vector<std::string>& command, const fs::path& what, Span span) {
    ProcessOptions process;
    process.limit = std::chrono::seconds(120);
    BH_TRY(const ProcessResult result, run_process(command, process));
    if (result.exit_code == 0) return true;
    auto finding = sink_.report(span, diag::ComponentDoesNotBuild, what.filename().string());
    for (const std::string& line : error_lines(result.errors)) finding.note(line);
    return false;
  }
  // What compiler and linker complain of, without the excerpts.
  static std::vector<std::string> error_lines(const std::string& text) {
    constexpr size_t Most = 5;
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; lines.size() < Most && std::getline(in, line);) {
      if (line.find("error:") != std::string::npos) lines.push_back(line);
    }
    return lines;
  }

  const Model& model_;
  const ComponentsOptions& options_;
  DiagnosticSink& sink_;
  fs::path compiler_;
  fs::path linker_;
};

}  // namespace

Result<std::optional<std::vector<std::string>>> build_components(const CheckedModel& model,
                                                                 const ComponentsOptions& options,
                                                                 DiagnosticSink& sink) {
  return Builder(model, options, sink).build();
}

}  // namespace bh
