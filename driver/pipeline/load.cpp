#include "driver/pipeline/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "driver/pipeline/files.h"
#include "lang/compile.h"

namespace bh {

// Whether the text has anything but white space and `//` comments.
static bool says_something(std::string_view text) {
  while (true) {
    const size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start);
    if (!text.starts_with("//")) return true;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

Result<LoadedPolicy> load_policy(const std::vector<std::string>& arguments) {
  BH_TRY(const std::vector<std::filesystem::path> paths, policy_files(arguments));
  LoadedPolicy loaded;
  std::vector<FileId> files;
  bool anything = false;
  for (const std::filesystem::path& path : paths) {
    BH_TRY(std::string text, read_file(path));
    anything |= says_something(text);
    files.push_back(loaded.sources.add(path.string(), std::move(text)));
  }
  if (!anything) {
    return fail(fmt::format("nothing to check: '{}' is empty", paths[0].string()),
                "a policy begins with its name and version: policy gateway 2.1");
  }
  loaded.model = compile(loaded.sources, files, loaded.sink);
  return loaded;
}

}  // namespace bh
