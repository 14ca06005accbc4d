#include "analyzer/clang_files.h"

#include <fcntl.h>
#include <llvm/Support/Path.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace bh {
namespace {

using llvm::vfs::Status;

constexpr off_t LargestFile = off_t{1} << 30;
constexpr time_t Settled = 2;  // seconds

std::error_code last_error() { return {errno, std::generic_category()}; }

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same_time(a.st_mtim, b.st_mtim) && same_time(a.st_ctim, b.st_ctim);
}

llvm::StringRef why_not(std::error_code error) {
  bool missing =
      error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  return missing ? "missing" : "unreadable";
}

Status status_of(const llvm::Twine& name, const SourceTexts::Text& text) {
  llvm::sys::TimePoint<> time = llvm::sys::toTimePoint(
      text.status.st_mtim.tv_sec, static_cast<uint32_t>(text.status.st_mtim.tv_nsec));
  return Status(name, llvm::sys::fs::UniqueID(text.status.st_dev, text.status.st_ino), time,
                text.status.st_uid, text.status.st_gid, text.bytes->getBufferSize(),
                llvm::sys::fs::file_type::regular_file,
                static_cast<llvm::sys::fs::perms>(text.status.st_mode & 07777));
}

class SharedBuffer : public llvm::MemoryBuffer {
 public:
  SharedBuffer(std::string name, std::shared_ptr<llvm::MemoryBuffer> bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {
    init(bytes_->getBufferStart(), bytes_->getBufferEnd(), /*RequiresNullTerminator=*/true);
  }
  llvm::StringRef getBufferIdentifier() const override { return name_; }
  BufferKind getBufferKind() const override { return MemoryBuffer_Malloc; }

 private:
  std::string name_;
  std::shared_ptr<llvm::MemoryBuffer> bytes_;
};

// A file whose text was read when it was opened, so that what is hashed is what is parsed.
class ReadFile : public llvm::vfs::File {
 public:
  ReadFile(Status status, std::shared_ptr<llvm::MemoryBuffer> bytes)
      : status_(std::move(status)), bytes_(std::move(bytes)) {}
  llvm::ErrorOr<Status> status() override { return status_; }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine& name, int64_t,
                                                               bool, bool) override {
    return std::make_unique<SharedBuffer>(name.str(), bytes_);
  }
  std::error_code close() override { return {}; }

 private:
  Status status_;
  std::shared_ptr<llvm::MemoryBuffer> bytes_;
};

llvm::ErrorOr<std::shared_ptr<llvm::MemoryBuffer>> read_bytes(const std::string& path,
                                                              const struct stat& status) {
  if (status.st_size > LargestFile) return std::make_error_code(std::errc::file_too_large);
  llvm::Expected<llvm::sys::fs::file_t> file = llvm::sys::fs::openNativeFileForRead(path);
  if (!file) return llvm::errorToErrorCode(file.takeError());
  llvm::SmallString<0> text;
  llvm::Error failed =
      llvm::sys::fs::readNativeFileToEOF(*file, text, static_cast<ssize_t>(status.st_size) + 1);
  llvm::sys::fs::closeFile(*file);
  if (failed) return llvm::errorToErrorCode(std::move(failed));
  return std::shared_ptr<llvm::MemoryBuffer>(llvm::MemoryBuffer::getMemBufferCopy(text, path));
}

}  // namespace

llvm::ErrorOr<SourceTexts::Text> SourceTexts::read(const std::string& path,
                                                   const struct stat& status) {
  auto known = known_.find(path);
  if (known != known_.end() && same_file(known->second.status, status)) return known->second;
  time_t now = ::time(nullptr);
  llvm::ErrorOr<std::shared_ptr<llvm::MemoryBuffer>> bytes = read_bytes(path, status);
  if (!bytes) return bytes.getError();
  llvm::StringRef text = (*bytes)->getBuffer();
  Text read{status, *bytes, content_hash({text.data(), text.size()})};
  bool settled = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec) + Settled < now &&
                 static_cast<size_t>(status.st_size) == text.size();
  if (settled && known == known_.end() && kept_ + text.size() <= Limit) {
    kept_ += text.size();
    known_[path] = read;
  }
  return read;
}

llvm::ErrorOr<Status> RecordedFiles::status(const llvm::Twine& path) {
  llvm::ErrorOr<Status> found = ProxyFileSystem::status(path);
  if (!found)
    note_absolute(absolute(path), why_not(found.getError()));
  else if (!found->isDirectory())
    note_absolute(absolute(path), found->isRegularFile() ? "present" : "special");
  return found;
}

bool RecordedFiles::exists(const llvm::Twine& path) {
  llvm::ErrorOr<Status> found = status(path);
  return found && found->exists();
}

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> RecordedFiles::openFileForRead(
    const llvm::Twine& name) {
  std::string path = absolute(name);
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    std::error_code error = last_error();
    note_absolute(path, why_not(error));
    return error;
  }
  if (replacement_ && path == absolute(replaced_)) {
    SourceTexts::Text text{status, replacement_, ""};
    return std::make_unique<ReadFile>(status_of(name, text), text.bytes);
  }
  if (!S_ISREG(status.st_mode)) {
    if (!S_ISDIR(status.st_mode)) note_absolute(path, "special");
    return ProxyFileSystem::openFileForRead(name);
  }
  llvm::ErrorOr<SourceTexts::Text> text = texts_.read(path, status);
  note_absolute(path, text ? llvm::StringRef(text->hash) : why_not(text.getError()));
  if (!text) return text.getError();
  return std::make_unique<ReadFile>(status_of(name, *text), text->bytes);
}

std::vector<InputFile> RecordedFiles::inputs() const {
  std::vector<InputFile> found;
  for (const auto& entry : seen_) found.push_back({entry.first().str(), entry.second});
  std::sort(found.begin(), found.end());
  return found;
}

std::string RecordedFiles::absolute(const llvm::Twine& path) const {
  llvm::SmallString<256> full;
  path.toVector(full);
  makeAbsolute(full);
  llvm::sys::path::remove_dots(full, /*remove_dot_dot=*/false);
  return full.str().str();
}

void RecordedFiles::replace(const llvm::Twine& path, std::shared_ptr<llvm::MemoryBuffer> bytes) {
  replaced_ = path.str();
  replacement_ = std::move(bytes);
}

void RecordedFiles::note(const llvm::Twine& path, llvm::StringRef state) {
  note_absolute(absolute(path), state);
}

void RecordedFiles::note_absolute(const std::string& path, llvm::StringRef state) {
  auto [at, added] = seen_.try_emplace(path, state);
  std::string& known = at->second;
  if (added || known == state || (state == "present" && known.size() == 32)) return;
  known = known == "present" && state.size() == 32 ? state.str() : "changing";
}

}  // namespace bh
