#include "driver/pipeline/load.h"

#include "driver/pipeline/files.h"
#include "lang/compile.h"

namespace bh {

Result<LoadedPolicy> load_policy(const std::vector<std::string>& arguments) {
  BH_TRY(const std::vector<std::filesystem::path> paths, policy_files(arguments));
  LoadedPolicy loaded;
  std::vector<FileId> files;
  for (const std::filesystem::path& path : paths) {
    BH_TRY(std::string text, read_file(path));
    files.push_back(loaded.sources.add(path.string(), std::move(text)));
  }
  loaded.model = compile(loaded.sources, files, loaded.sink);
  return loaded;
}

}  // namespace bh
