#include "analyzer/clang_skip.h"

#include <clang/Basic/LangOptions.h>
#include <clang/Sema/Sema.h>

namespace bh {

void drop_instantiation(clang::Sema& sema, const clang::FunctionDecl* function) {
  auto& pending = sema.PendingInstantiations;
  if (!pending.empty() && pending.back().first == function) pending.pop_back();
}

void LateTemplates::FileChanged(clang::SourceLocation, FileChangeReason,
                                clang::SrcMgr::CharacteristicKind kind, clang::FileID) {
  options_.DelayedTemplateParsing = clang::SrcMgr::isSystem(kind);
}

}  // namespace bh
