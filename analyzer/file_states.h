// What lies on the disk now. Each path is looked at once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace bh {

class FileStates {
 public:
  explicit FileStates(std::string root) : root_(std::move(root)) {}
  // Whether InputFile::state `state` still holds for `path`, escaped and from the root or absolute.
  // Views of text that outlives this object.
  bool holds(std::string_view state, std::string_view path);

 private:
  struct Known {
    std::string path;  // absolute
    bool missing = false;
    bool regular = false;
    std::string hash;  // once asked for
  };
  Known& look_at(std::string_view path);

  std::string root_;
  std::unordered_map<std::string_view, Known> known_;
};

}  // namespace bh
