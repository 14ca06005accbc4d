// Files in and out. The rest of Bulkhead sees only text and bytes.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace bh {

// The whole file. Fails on a directory, an unreadable file, or one above `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit = size_t{64} << 20);

// All of standard input, with the same limit.
Result<std::string> read_standard_input(size_t limit = size_t{64} << 20);

// Writes beside the target and renames, so that a reader sees the old file or the whole new one.
Result<void> write_file(const std::filesystem::path& path, std::string_view text);
Result<void> write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

// Replaces what a file of the user's holds, all at once or not at all. A symbolic link stays one; permissions
// stay as they are, and a file that nobody may write to is left alone.
Result<void> rewrite_file(const std::filesystem::path& path, std::string_view text);

// Files that belong together by the ends of their names.
struct FileKind {
  std::string_view name;                    // "*.bh file"
  std::array<std::string_view, 3> endings;  // "": no further one
  bool takes(const std::filesystem::path& path) const;
};
inline constexpr FileKind PolicyTexts{"*.bh file", {".bh"}};

// The files that the arguments name: a file stands for itself, a directory for the files of this kind in it
// (sorted, not those of its folders), no argument for the current directory. Fails when that is no file at all.
Result<std::vector<std::filesystem::path>> policy_files(const std::vector<std::string>& arguments,
                                                        const FileKind& kind = PolicyTexts);

// Policy texts, those in the folders of a directory as well, hidden ones left out.
Result<std::vector<std::filesystem::path>> policy_files_below(const std::vector<std::string>& arguments);

// A program that belongs to this installation: beside the running binary.
std::filesystem::path beside_this_program(std::string_view name);

// Where what can be computed again is kept between runs: $XDG_CACHE_HOME/bulkhead, else ~/.cache/bulkhead,
// else a folder of the temporary directory. It need not exist yet.
std::filesystem::path user_cache();

// A fresh empty directory under the system's temporary folder, removed with everything in it on destruction.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace bh
