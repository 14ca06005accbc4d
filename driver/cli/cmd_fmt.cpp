#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/diag/render.h"
#include "driver/cli/commands.h"
#include "driver/pipeline/files.h"
#include "driver/report/differences.h"
#include "lang/format.h"

namespace bh::cli {

namespace {

namespace fs = std::filesystem;

struct Counts {
  size_t all = 0;
  size_t changed = 0;  // or, under --check, to be changed
  Exit worst = Exit::Clean;

  void failed(Exit with) { worst = std::max(worst, with); }
};

void say_difference(const std::string& name, std::string_view before, std::string_view after) {
  fmt::print("{}: not formatted\n{}\n", name, print_differences(before, after));
}

void format_file(const fs::path& path, bool check, Counts& counts) {
  Result<std::string> text = read_file(path);
  if (!text.has_value()) return counts.failed(cannot_run(text.error()));
  ++counts.all;
  LoadedPolicy policy;
  const FileId file = policy.sources.add(path.string(), std::move(*text));
  const auto formatted = format(policy.sources[file], file, policy.sink);
  if (!formatted) {
    print_findings(policy, false);
    return counts.failed(Exit::Findings);
  }
  if (*formatted == policy.sources[file].text()) return;
  if (check) {
    ++counts.changed;
    say_difference(path.string(), policy.sources[file].text(), *formatted);
    return counts.failed(Exit::Findings);
  }
  const Result<void> written = rewrite_file(path, *formatted);
  if (!written.has_value()) return counts.failed(cannot_run(written.error()));
  ++counts.changed;
  fmt::print(stderr, "formatted {}\n", path.string());
}

Exit format_input(bool check) {
  const Result<std::string> text = read_standard_input();
  if (!text.has_value()) return cannot_run(text.error());
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("<stdin>", *text);
  const auto formatted = format(sources[file], file, sink);
  if (!formatted) {
    fmt::print(stderr, "{}", render_text(sink, sources));
    return Exit::Findings;
  }
  if (!check) {
    fmt::print("{}", *formatted);
    return Exit::Clean;
  }
  if (*formatted == *text) return Exit::Clean;
  say_difference("<stdin>", *text, *formatted);
  return Exit::Findings;
}

}  // namespace

Exit format(const Arguments& arguments) {
  const bool check = arguments.has("--check");
  const std::vector<std::string>& names = arguments.positional;
  if (std::find(names.begin(), names.end(), "-") != names.end()) {
    if (names.size() == 1) return format_input(check);
    return cannot_run({"'-' is standard input and stands alone", "name files, or '-'"});
  }
  const auto files = policy_files_below(names);
  if (!files.has_value()) return cannot_run(files.error());
  Counts counts;
  for (const fs::path& path : *files) format_file(path, check, counts);
  if (counts.all > 0) {
    fmt::print(stderr, "{} of {} {} {}\n", counts.changed, counts.all,
               counts.all == 1 ? "file" : "files", check ? "not formatted" : "changed");
  }
  return counts.worst;
}

}  // namespace bh::cli
