#include "analyzer/arguments.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace bh {
namespace {

// Flags that only other compilers know, which Clang's driver rejects. A further one makes the unit
// fail.
constexpr std::array<std::string_view, 10> ForeignFlags = {"-mindirect-branch",
                                                           "-mfunction-return",
                                                           "-fconserve-stack",
                                                           "-fno-allow-store-data-races",
                                                           "-mpreferred-stack-boundary",
                                                           "-fno-var-tracking-assignments",
                                                           "-fplugin",
                                                           "-fno-canonical-system-headers",
                                                           "-fanalyzer",
                                                           "-mrecord-mcount"};

bool takes_output(std::string_view flag) {
  return flag == "-o" || flag == "-MF" || flag == "-MT" || flag == "-MQ" || flag == "-MJ";
}

}  // namespace

std::vector<std::string> front_end_arguments(const ExtractJob& job) {
  std::vector<std::string> out;
  for (size_t i = 0; i < job.arguments.size(); ++i) {
    std::string_view flag = job.arguments[i];
    if (i > 0 && takes_output(flag)) {
      ++i;
      continue;
    }
    bool dependencies = flag == "-M" || flag == "-MM" || flag == "-MD" || flag == "-MMD" ||
                        flag == "-MP" || flag == "-MG" || flag.starts_with("-Wp,-M");
    bool output = flag.starts_with("-o") && flag.size() > 2 && flag[2] != 'b';
    bool foreign = std::any_of(ForeignFlags.begin(), ForeignFlags.end(),
                               [&](std::string_view known) { return flag.starts_with(known); });
    if (i > 0 &&
        (dependencies || output || foreign || flag == "-c" || flag == "-S" || flag == "-E"))
      continue;
    out.emplace_back(flag);
    if (i == 0)
      out.insert(out.end(), {"-fsyntax-only", "-resource-dir", job.resource_dir,
                             "-Qunused-arguments", "-Wno-unknown-warning-option", "-w"});
  }
  return out;
}

std::optional<size_t> main_argument(const ExtractJob& job) {
  std::optional<size_t> found;
  for (size_t i = 1; i < job.arguments.size(); ++i) {
    if (takes_output(job.arguments[i - 1])) continue;
    std::filesystem::path path = std::filesystem::path(job.directory) / job.arguments[i];
    if (path.lexically_normal() != job.file) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace bh
