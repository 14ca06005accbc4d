// Policies as they are in a commit, read from git's objects: nothing is checked out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/load.h"

namespace bh {

enum class GitBase : uint8_t {
  MergeBase,  // where HEAD and the ref parted: what is new on the ref is not ours
  Exact,      // the ref itself
};

struct GitPolicy {
  PolicySource source;
  std::string commit;  // abbreviated
  std::string about;   // "main (merge-base 4f2c9ab, 3 commits ago)", "v1.0 (4f2c9ab)"
};

// The policy at `paths` (files, or directories with files of this kind, as the user names them,
// relative to the current directory; none: that directory) as it was in a commit. The repository is
// the one that holds the first path. Fails, saying what to do, when git is missing, there is no
// repository, the ref is unknown or not fetched, or a path is not in that commit.
Result<GitPolicy> policy_in_git(const std::string& ref, GitBase base,
                                const std::vector<std::string>& paths,
                                const FileKind& kind = PolicyTexts);

// Whether the argument is no file or directory here, but REF:PATH, the one at PATH in a commit.
bool names_commit(const std::string& argument);

// The same of REF:PATH ("v2.1:gateway.bh"), the ref itself; no PATH is the current directory.
Result<GitPolicy> policy_in_git(const std::string& argument, const FileKind& kind);

}  // namespace bh
