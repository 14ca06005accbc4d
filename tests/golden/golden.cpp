// bh_golden [--update] FOLDER
// Each FOLDER/x.bh is compiled. What there is to say about it, or else the model it means, must be
// what x.golden holds; --update writes that instead. A model's text must also read back as the same
// model.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/diag/render.h"
#include "core/model/print.h"
#include "lang/compile.h"

namespace fs = std::filesystem;
using namespace bh;

static std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Reading {
  std::string text;
  std::optional<std::string> model;
};

static Reading compile_text(const std::string& name, const std::string& text) {
  SourceMap sources;
  DiagnosticSink sink;
  const auto checked = compile(sources, {sources.add(name, text)}, sink);
  Reading outcome;
  outcome.text = render_text(sink, sources);
  if (checked) outcome.model = print(**checked);
  return outcome;
}

// "" when all is well.
static std::string check(const fs::path& policy, bool update) {
  const Reading outcome = compile_text(policy.filename().string(), read(policy));
  const std::string text = outcome.text + outcome.model.value_or("");
  const fs::path golden = fs::path(policy).replace_extension(".golden");
  if (update) {
    std::ofstream(golden, std::ios::binary) << text;
  } else if (!fs::exists(golden)) {
    return "has no .golden file; bh_golden --update writes it";
  } else if (read(golden) != text) {
    return "says something new:\n" + text;
  }
  if (!outcome.model) return "";
  const Reading again = compile_text("printed.bh", *outcome.model);
  if (!again.model) return "its printed model is not a policy:\n" + again.text;
  if (*again.model != *outcome.model)
    return "its printed model reads back as another:\n" + *again.model;
  return "";
}

int main(int argc, char** argv) {
  const bool update = argc > 2 && std::string_view(argv[1]) == "--update";
  if (argc != (update ? 3 : 2)) {
    fmt::print(stderr, "usage: bh_golden [--update] FOLDER\n");
    return 2;
  }
  std::vector<fs::path> policies;
  for (const auto& entry : fs::recursive_directory_iterator(argv[argc - 1])) {
    if (entry.path().extension() == ".bh") policies.push_back(entry.path());
  }
  std::sort(policies.begin(), policies.end());
  if (policies.empty()) {
    fmt::print(stderr, "bh_golden: no .bh file in {}\n", argv[argc - 1]);
    return 2;
  }
  int failures = 0;
  for (const fs::path& policy : policies) {
    const std::string wrong = check(policy, update);
    if (wrong.empty()) continue;
    ++failures;
    fmt::print("FAIL {}: {}\n", policy.filename().string(), wrong);
  }
  fmt::print("{} policies, {} failed\n", policies.size(), failures);
  return failures == 0 ? 0 : 1;
}
