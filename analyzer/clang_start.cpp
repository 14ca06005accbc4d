#include "analyzer/clang_start.h"

#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Lex/Token.h>

#include <algorithm>
#include <cstring>

namespace bh {
namespace {

constexpr size_t HeadRoom = size_t{16} << 10, TailRoom = size_t{128} << 10;

// Where the inclusion lies. Behind an empty head it is the start, for its column counts.
size_t place_of(const UnitStart& start) { return start.head == 0 ? 0 : HeadRoom; }

}  // namespace

OpenText::OpenText(const UnitStart& start)
    : bytes_(llvm::WritableMemoryBuffer::getNewUninitMemBuffer(HeadRoom + TailRoom)),
      shared_(bytes_) {
  const std::string head = start.head == 0 ? "" : "\n";
  fill(head + start.inclusion, {head.size(), start.inclusion});
}

bool OpenText::fits(std::string_view text, const UnitStart& start) {
  return start.head <= HeadRoom && text.size() - start.head < TailRoom;
}

void OpenText::fill(std::string_view text, const UnitStart& start) {
  char* bytes = bytes_->getBufferStart();
  const size_t from = place_of(start) - start.head;
  std::fill_n(bytes, from, ' ');
  char* end = std::copy(text.begin(), text.end(), bytes + from);
  std::fill(end, bytes_->getBufferEnd(), ' ');
  *end = '\n';
}

void StopBehindInclusion::FileChanged(clang::SourceLocation at, FileChangeReason reason,
                                      clang::SrcMgr::CharacteristicKind, clang::FileID from) {
  clang::SourceManager& sources = compiler_.getSourceManager();
  const clang::FileID main = sources.getMainFileID();
  if (!open_ || reason != ExitFile || sources.getFileID(at) != main || from.isInvalid()) return;
  const clang::SourceLocation inclusion = sources.getIncludeLoc(from);
  if (inclusion.isInvalid() || sources.getFileID(inclusion) != main) return;
  open_ = false;
  // The entry is ours to write: the source manager hands it out as read-only.
  auto& content = const_cast<clang::SrcMgr::ContentCache&>(
      sources.getSLocEntry(main).getFile().getContentCache());
  const bool lines_counted = static_cast<bool>(content.SourceLineCache);
  if (lines_counted || compiler_.getDiagnosticClient().getNumErrors() > 0) return;
  if (clang::OptionalFileEntryRef file = stopped_()) {
    content.OrigEntry = file;
    content.Filename = file->getName();
    compiler_.getPreprocessor().markIncluded(*file);
  }
}

void StopBehindInclusion::InclusionDirective(clang::SourceLocation, const clang::Token&,
                                             llvm::StringRef, bool, clang::CharSourceRange,
                                             clang::OptionalFileEntryRef file, llvm::StringRef,
                                             llvm::StringRef, const clang::Module*, bool,
                                             clang::SrcMgr::CharacteristicKind) {
  const clang::SourceManager& sources = compiler_.getSourceManager();
  if (file && &file->getFileEntry() == sources.getFileEntryForID(sources.getMainFileID()))
    open_ = false;
}

void StopBehindInclusion::MacroExpands(const clang::Token& name, const clang::MacroDefinition&,
                                       clang::SourceRange, const clang::MacroArgs*) {
  if (!open_) return;
  const llvm::StringRef text = name.getIdentifierInfo()->getName();
  if (text == "__BASE_FILE__" || text == "__TIMESTAMP__") open_ = false;
}

}  // namespace bh
