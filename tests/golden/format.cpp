// bh_golden_format [--update] FOLDER
// Each FOLDER/x.bh, formatted, must be what x.golden holds; --update writes that instead.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/diag/render.h"
#include "lang/format.h"

namespace fs = std::filesystem;
using namespace bh;

static std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "" when all is well.
static std::string check(const fs::path& policy, bool update) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add(policy.filename().string(), read(policy));
  const auto text = format(sources[file], file, sink);
  if (!text) return "does not parse:\n" + render_text(sink, sources);
  const fs::path golden = fs::path(policy).replace_extension(".golden");
  if (update) {
    std::ofstream(golden, std::ios::binary) << *text;
  } else if (!fs::exists(golden)) {
    return "has no .golden file; bh_golden_format --update writes it";
  } else if (read(golden) != *text) {
    return "is laid out in another way:\n" + *text;
  }
  return "";
}

int main(int argc, char** argv) {
  const bool update = argc > 2 && std::string_view(argv[1]) == "--update";
  if (argc != (update ? 3 : 2)) {
    fmt::print(stderr, "usage: bh_golden_format [--update] FOLDER\n");
    return 2;
  }
  std::vector<fs::path> policies;
  for (const auto& entry : fs::directory_iterator(argv[argc - 1])) {
    if (entry.path().extension() == ".bh") policies.push_back(entry.path());
  }
  std::sort(policies.begin(), policies.end());
  int failures = 0;
  for (const fs::path& policy : policies) {
    const std::string wrong = check(policy, update);
    if (wrong.empty()) continue;
    ++failures;
    fmt::print("FAIL {}: {}\n", policy.filename().string(), wrong);
  }
  fmt::print("{} policies, {} failed\n", policies.size(), failures);
  return failures == 0 && !policies.empty() ? 0 : 1;
}
