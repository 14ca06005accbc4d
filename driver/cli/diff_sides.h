// The two versions that `bulkhead diff` compares, on disk or in git, shared by the diffs of both
// kinds of policy.
#pragma once

#include <string>
#include <vector>

#include "driver/cli/command.h"
#include "driver/pipeline/load.h"

namespace bh::cli {

struct DiffSides {
  PolicySource before;
  PolicySource after;
  std::string base;    // of the report: "main (merge-base 4f2c9ab)"; "" when not from git
  std::string commit;  // of `before`, where both are at the same path
};

// With --against, the policies together, as they were in that commit and as they are here; else two
// of them, each a file, a directory, or REF:PATH for one in a commit. Fails where there are not
// two.
Result<DiffSides> diff_sides(const Arguments& arguments, const std::vector<std::string>& policies,
                             const FileKind& kind);

}  // namespace bh::cli
