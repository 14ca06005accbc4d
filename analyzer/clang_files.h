// The disk as the front end sees it, with a record of everything that it asked for.
#pragma once

#include <llvm/ADT/StringMap.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/VirtualFileSystem.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "analyzer/extract.h"

namespace bh {

// The texts of files, kept from one translation unit to the next. A text is handed out again only
// while the file's identity, size and times are what they were, and only when it had not been
// touched for a while before it was read: the clocks of file systems are coarse.
class SourceTexts {
 public:
  struct Text {
    struct stat status = {};
    std::shared_ptr<llvm::MemoryBuffer> bytes;
    std::string hash;
  };
  // The text of a regular file as it is now; `status` is what stat() says of it.
  llvm::ErrorOr<Text> read(const std::string& path, const struct stat& status);

 private:
  static constexpr size_t Limit = size_t{48} << 20;  // bytes kept
  llvm::StringMap<Text> known_;
  size_t kept_ = 0;
};

class RecordedFiles : public llvm::vfs::ProxyFileSystem {
 public:
  RecordedFiles(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk, SourceTexts& texts)
      : ProxyFileSystem(std::move(disk)), texts_(texts) {}

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override;
  bool exists(const llvm::Twine& path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine& path) override;

  // Has the path opened with these bytes instead of the disk's.
  void replace(const llvm::Twine& path, std::shared_ptr<llvm::MemoryBuffer> bytes);
  // Takes back what was recorded of the path.
  void forget(const llvm::Twine& path) { seen_.erase(absolute(path)); }
  void note(const llvm::Twine& path, llvm::StringRef state);
  std::vector<InputFile> inputs() const;

 private:
  std::string absolute(const llvm::Twine& path) const;
  void note_absolute(const std::string& path, llvm::StringRef state);

  SourceTexts& texts_;
  llvm::StringMap<std::string> seen_;
  std::string replaced_;
  std::shared_ptr<llvm::MemoryBuffer> replacement_;
};

}  // namespace bh
