// What is not parsed and not made, because it has no facts.
#pragma once

#include <clang/Lex/PPCallbacks.h>

namespace clang {
class FunctionDecl;
class LangOptions;
class Sema;
}  // namespace clang

namespace bh {

// Takes back the instantiation of `function` that was put off just now.
void drop_instantiation(clang::Sema& sema, const clang::FunctionDecl* function);

// Has the parser keep the bodies of templates in system headers as tokens until an instance needs
// them at the end of the unit. `constexpr` templates and those with a deduced return type, which
// may be needed before, are not kept back.
class LateTemplates : public clang::PPCallbacks {
 public:
  explicit LateTemplates(clang::LangOptions& options) : options_(options) {}
  void FileChanged(clang::SourceLocation at, FileChangeReason reason,
                   clang::SrcMgr::CharacteristicKind kind, clang::FileID from) override;

 private:
  clang::LangOptions& options_;
};

}  // namespace bh
