#include "driver/cli/diff_approvals.h"

#include <fmt/format.h>

#include "driver/pipeline/files.h"

namespace bh::cli {

namespace fs = std::filesystem;

namespace {

// The file that --approvals names, or the usual one beside the new policy.
fs::path approvals_path(const Arguments& arguments, const fs::path& new_policy) {
  const std::string given = arguments.get("--approvals");
  if (!given.empty()) return given;
  return (new_policy.parent_path() / "bulkhead.approvals").lexically_normal();
}

Result<std::vector<Approval>> read_approvals(const Arguments& arguments, const fs::path& path) {
  std::error_code error;
  if (arguments.get("--approvals").empty() && !fs::exists(path, error)) {
    return std::vector<Approval>();
  }
  if (arguments.has("--approve") && !fs::exists(path, error)) return std::vector<Approval>();
  BH_TRY(const std::string text, read_file(path));
  return parse_approvals(text, path.string());
}

Result<void> approve(const Arguments& arguments, const PolicyDiff& diff, const fs::path& path) {
  const std::string id = arguments.get("--approve");
  std::vector<const PolicyChange*> fitting;
  for (const PolicyChange& change : diff.changes) {
    if (id.size() >= 6 && change.id.starts_with(id)) fitting.push_back(&change);
  }
  if (fitting.size() != 1) {
    return fail(fmt::format("'{}' is not one of the changes", id),
                diff.changes.empty() ? "there is no change to approve"
                                     : fmt::format("their names stand in brackets: --approve {}",
                                                   diff.changes[0].id));
  }
  std::optional<Date> until;
  if (const std::string expires = arguments.get("--expires"); !expires.empty()) {
    until = parse_date(expires);
    if (!until) return fail(fmt::format("--expires '{}' is no date", expires), "write 2026-12-31");
  }
  return append_approval(path, *fitting[0], until, arguments.get("--reason"));
}

}  // namespace

Result<ApprovalsOf> approvals_of(const Arguments& arguments, const PolicyDiff& diff,
                                 const fs::path& new_policy) {
  ApprovalsOf result{approvals_path(arguments, new_policy), {}};
  if (arguments.has("--approve")) {
    const Result<void> done = approve(arguments, diff, result.path);
    if (!done.has_value()) return tl::unexpected(done.error());
  }
  BH_TRY(result.approvals, read_approvals(arguments, result.path));
  return result;
}

FailOn fail_on(const std::string& word) {
  if (word == "wider") return FailOn::Wider;
  return word == "property" ? FailOn::Property : FailOn::Any;
}

}  // namespace bh::cli
