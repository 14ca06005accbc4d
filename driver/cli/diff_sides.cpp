#include "driver/cli/diff_sides.h"

#include <fmt/format.h>

#include <filesystem>

#include "driver/pipeline/git.h"

namespace bh::cli {

namespace fs = std::filesystem;

namespace {

void set_base(DiffSides& sides, const GitPolicy& policy) {
  sides.before = policy.source;
  sides.base = policy.about;
  sides.commit = policy.commit;
}

Result<GitPolicy> side_of(const std::string& argument, const FileKind& kind) {
  std::error_code error;
  if (names_commit(argument)) return policy_in_git(argument, kind);
  if (!fs::exists(argument, error)) {
    return fail(fmt::format("there is no file or directory '{}'", argument),
                fmt::format("if it is a commit: bulkhead diff --against {}, or {}:PATH", argument,
                            argument));
  }
  BH_TRY(PolicySource source, files_on_disk({argument}, kind));
  return GitPolicy{std::move(source), "", ""};
}

}  // namespace

Result<DiffSides> diff_sides(const Arguments& arguments, const std::vector<std::string>& policies,
                             const FileKind& kind) {
  DiffSides sides;
  const std::string against = arguments.get("--against");
  if (arguments.values.contains("--against") && !against.empty()) {
    const GitBase base = arguments.has("--no-merge-base") ? GitBase::Exact : GitBase::MergeBase;
    BH_TRY(const GitPolicy before, policy_in_git(against, base, policies, kind));
    set_base(sides, before);
    BH_TRY(sides.after, files_on_disk(policies, kind));
    return sides;
  }
  if (policies.size() != 2) {
    return fail(fmt::format("a diff takes two policies, not {}", policies.size()),
                "bulkhead diff OLD NEW, or bulkhead diff --against REF [POLICY]");
  }
  BH_TRY(const GitPolicy before, side_of(policies[0], kind));
  set_base(sides, before);
  BH_TRY(GitPolicy after, side_of(policies[1], kind));
  sides.after = std::move(after.source);
  if (sides.before.paths != sides.after.paths) sides.commit.clear();
  return sides;
}

}  // namespace bh::cli
