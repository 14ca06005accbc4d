// Parsing what several units start with once: the front end stops behind the first inclusion of a
// main file whose other text is not there yet. A copy of the process puts a unit's text in and goes
// on, so that what it gives is what it would have given for the unit alone.
#pragma once

#include <clang/Frontend/CompilerInstance.h>
#include <clang/Lex/PPCallbacks.h>
#include <llvm/Support/MemoryBuffer.h>

#include <functional>
#include <memory>
#include <string_view>

#include "analyzer/unit_start.h"

namespace bh {

// The text of such a main file. The inclusion lies where no text before it can move it.
class OpenText {
 public:
  explicit OpenText(const UnitStart& start);
  const std::shared_ptr<llvm::MemoryBuffer>& buffer() const { return shared_; }
  // Whether the text, which starts so, has room.
  static bool fits(std::string_view text, const UnitStart& start);
  void fill(std::string_view text, const UnitStart& start);

 private:
  std::shared_ptr<llvm::WritableMemoryBuffer> bytes_;
  std::shared_ptr<llvm::MemoryBuffer> shared_;
};

// Calls `stopped` once, behind the first inclusion of the main file, unless the name or the text of
// the main file had an effect already. What it returns is the main file from then on; nothing: all
// stays as it is.
class StopBehindInclusion : public clang::PPCallbacks {
 public:
  using Stopped = std::function<clang::OptionalFileEntryRef()>;
  StopBehindInclusion(clang::CompilerInstance& compiler, Stopped stopped)
      : compiler_(compiler), stopped_(std::move(stopped)) {}
  void FileChanged(clang::SourceLocation at, FileChangeReason reason,
                   clang::SrcMgr::CharacteristicKind kind, clang::FileID from) override;
  void InclusionDirective(clang::SourceLocation hash, const clang::Token& directive,
                          llvm::StringRef name, bool angled, clang::CharSourceRange range,
                          clang::OptionalFileEntryRef file, llvm::StringRef folder,
                          llvm::StringRef relative, const clang::Module* module, bool imported,
                          clang::SrcMgr::CharacteristicKind kind) override;
  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& definition,
                    clang::SourceRange range, const clang::MacroArgs* arguments) override;

 private:
  clang::CompilerInstance& compiler_;
  Stopped stopped_;
  bool open_ = true;
};

}  // namespace bh
