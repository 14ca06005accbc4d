#include "driver/pipeline/git.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "driver/pipeline/process.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

std::string_view without_break(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// "fatal: " and what follows the first line left out.
std::string first_line(std::string_view errors) {
  std::string_view line = errors.substr(0, errors.find('\n'));
  if (line.starts_with("fatal: ")) line.remove_prefix(7);
  return std::string(line);
}

class Repository {
 public:
  static Result<Repository> around(const fs::path& path) {
    std::error_code error;
    fs::path directory = fs::weakly_canonical(path, error);
    while (!fs::is_directory(directory, error) && directory.has_relative_path()) {
      directory = directory.parent_path();
    }
    if (find_program("git").empty()) {
      return fail("git is not installed, but --against reads from it",
                  "apt-get install git; or compare two files: bulkhead diff OLD NEW");
    }
    Repository repository(directory);
    BH_TRY(const ProcessResult top, repository.run({"rev-parse", "--show-toplevel"}));
    if (top.exit_code != 0) {
      return fail(fmt::format("'{}' is not in a git repository that can be read: {}", path.string(),
                              first_line(top.errors)),
                  "compare two files instead: bulkhead diff OLD NEW");
    }
    repository.top_ = std::string(without_break(top.output));
    return repository;
  }

  Result<std::string> commit_of(const std::string& ref) const {
    BH_TRY(const std::string commit, resolve(ref));
    if (!commit.empty()) return commit;
    BH_TRY(const std::string remote, resolve("origin/" + ref));
    if (!remote.empty()) {
      return fail(fmt::format("git knows no commit '{}'", ref),
                  fmt::format("there is 'origin/{}': write --against origin/{}", ref, ref));
    }
    BH_TRY(const bool shallow, is_shallow());
    return fail(fmt::format("git knows no commit '{}'", ref),
                shallow ? fmt::format("this clone is shallow and may lack it: git fetch origin {} "
                                      "(GitHub: fetch-depth: 0)",
                                      ref)
                        : "name a branch, a tag or a commit that exists here; `git fetch` brings "
                          "new ones");
  }

  Result<std::string> merge_base(const std::string& ref, const std::string& commit) const {
    BH_TRY(const std::string head, resolve("HEAD"));
    if (head.empty()) {
      return fail("the repository has no commit yet", "commit first, or compare two files");
    }
    BH_TRY(const ProcessResult base, run({"merge-base", head, commit}));
    if (base.exit_code == 0) return std::string(without_break(base.output));
    BH_TRY(const bool shallow, is_shallow());
    return fail(fmt::format("HEAD and '{}' have no common commit here", ref),
                shallow ? "this clone is shallow: git fetch --unshallow (GitHub: fetch-depth: 0)"
                        : "compare with the commit itself: add --no-merge-base");
  }

  Result<std::string> abbreviated(const std::string& commit) const {
    BH_TRY(const ProcessResult shown, run({"rev-parse", "--short=7", commit}));
    return std::string(without_break(shown.output));
  }

  // ", 3 commits ago": how many HEAD has that the commit has not.
  Result<std::string> distance(const std::string& commit) const {
    BH_TRY(const ProcessResult counted, run({"rev-list", "--count", commit + "..HEAD"}));
    const std::string_view count = without_break(counted.output);
    if (counted.exit_code != 0 || count == "0") return std::string();
    return fmt::format(", {} {} ago", count, count == "1" ? "commit" : "commits");
  }

  // "dir/gateway.bh" from the repository's top; "" for the top itself.
  Result<std::string> path_inside(const std::string& path) const {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(path, error);
    const std::string relative =
        whole.lexically_relative(fs::weakly_canonical(top_, error)).generic_string();
    if (relative.empty() || relative == ".." || relative.starts_with("../")) {
      return fail(fmt::format("'{}' is not inside of the repository '{}'", path, top_),
                  "name files of one repository");
    }
    return relative == "." ? std::string() : relative;
  }

  struct Entry {
    std::string mode;
    std::string type;
    std::string path;
  };

  // What is at the path, or, of a path that ends in '/', what is in it.
  Result<std::vector<Entry>> list(const std::string& commit, const std::string& path) const {
    std::vector<std::string> command = {"ls-tree", "-z", "--full-tree", commit};
    if (!path.empty()) command.insert(command.end(), {"--", path});
    BH_TRY(const ProcessResult listed, run(command));
    if (listed.exit_code != 0) return fail("git cannot list files: " + first_line(listed.errors));
    std::vector<Entry> entries;
    std::string_view rest = listed.output;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\0'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const size_t tab = line.find('\t');
      const size_t space = line.find(' ');
      if (tab == std::string_view::npos || space > tab) continue;
      const std::string_view type = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
      entries.push_back({std::string(line.substr(0, space)), std::string(type),
                         std::string(line.substr(tab + 1))});
    }
    return entries;
  }

  Result<std::string> read(const std::string& commit, const std::string& path) const {
    BH_TRY(const ProcessResult blob, run({"cat-file", "blob", commit + ":" + path}));
    if (blob.exit_code != 0) return fail(fmt::format("'{}' is not in commit {}", path, commit));
    return blob.output;
  }

 private:
  explicit Repository(fs::path directory) : directory_(std::move(directory)) {}

  // No shell; what the user typed is one argument, and never one that starts with '-'.
  Result<ProcessResult> run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command = {"git", "--no-pager", "--no-replace-objects"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    ProcessOptions options;
    options.directory = directory_;
    return run_process(command, options);
  }

  // The commit's full name; "" when there is none.
  Result<std::string> resolve(const std::string& ref) const {
    BH_TRY(const ProcessResult found, run({"rev-parse", "--verify", "--quiet", ref + "^{commit}"}));
    return found.exit_code == 0 ? std::string(without_break(found.output)) : std::string();
  }

  Result<bool> is_shallow() const {
    BH_TRY(const ProcessResult shallow, run({"rev-parse", "--is-shallow-repository"}));
    return without_break(shallow.output) == "true";
  }

  fs::path directory_;
  std::string top_;
};

// The files that a path of the user's stands for in the commit, named as the user does.
Result<std::vector<std::string>> files_at(const Repository& repository, const std::string& commit,
                                          const std::string& path, const FileKind& kind) {
  BH_TRY(const std::string inside, repository.path_inside(path));
  bool directory = inside.empty();
  if (!directory) {
    BH_TRY(const std::vector<Repository::Entry> entry, repository.list(commit, inside));
    if (entry.empty()) {
      return fail(fmt::format("'{}' is not in commit {}", path, commit.substr(0, 7)),
                  "it is new, or was somewhere else: there is nothing to compare it with");
    }
    directory = entry[0].type == "tree";
    if (!directory && entry[0].mode == "120000") {
      return fail(fmt::format("'{}' is a symbolic link in commit {}", path, commit.substr(0, 7)),
                  "name the file that it points to");
    }
    if (!directory) return std::vector<std::string>{path};
  }
  BH_TRY(const std::vector<Repository::Entry> entries,
         repository.list(commit, inside.empty() ? "" : inside + "/"));
  std::vector<std::string> files;
  for (const Repository::Entry& entry : entries) {
    if (entry.type != "blob" || entry.mode == "120000" || !kind.takes(entry.path)) continue;
    files.push_back((fs::path(path) / fs::path(entry.path).filename()).lexically_normal().string());
  }
  if (files.empty()) {
    return fail(fmt::format("no {} in '{}' in commit {}", kind.name, path, commit.substr(0, 7)),
                "name the policy's file");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<GitPolicy> policy_in_git(const std::string& ref, GitBase base,
                                const std::vector<std::string>& paths, const FileKind& kind) {
  const bool printable =
      std::all_of(ref.begin(), ref.end(), [](char c) { return c > ' ' && c != 127; });
  if (ref.empty() || ref.starts_with("-") || !printable) {
    return fail(fmt::format("'{}' is no git ref", ref),
                "name a branch, a tag or a commit: --against main");
  }
  const std::vector<std::string> named = paths.empty() ? std::vector<std::string>{"."} : paths;
  BH_TRY(const Repository repository, Repository::around(named[0]));
  BH_TRY(std::string commit, repository.commit_of(ref));
  if (base == GitBase::MergeBase) {
    BH_TRY(commit, repository.merge_base(ref, commit));
  }
  GitPolicy result;
  for (const std::string& path : named) {
    BH_TRY(const std::vector<std::string> files, files_at(repository, commit, path, kind));
    result.source.paths.insert(result.source.paths.end(), files.begin(), files.end());
  }
  result.source.read = [repository, commit](const std::string& path) -> Result<std::string> {
    BH_TRY(const std::string inside, repository.path_inside(path));
    return repository.read(commit, inside);
  };
  BH_TRY(result.commit, repository.abbreviated(commit));
  BH_TRY(const std::string distance, repository.distance(commit));
  result.about = fmt::format("{} ({}{}{})", ref, base == GitBase::MergeBase ? "merge-base " : "",
                             result.commit, distance);
  return result;
}

bool names_commit(const std::string& argument) {
  std::error_code error;
  const size_t colon = argument.find(':');
  return colon != std::string::npos && colon > 0 && !fs::exists(argument, error);
}

Result<GitPolicy> policy_in_git(const std::string& argument, const FileKind& kind) {
  const size_t colon = argument.find(':');
  const std::string path = argument.substr(colon + 1);
  return policy_in_git(argument.substr(0, colon), GitBase::Exact, {path.empty() ? "." : path},
                       kind);
}

}  // namespace bh
