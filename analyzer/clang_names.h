// Names, types and places that mean the same in every translation unit.
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/DeclCXX.h>
#include <clang/Basic/FileEntry.h>
#include <clang/Basic/SourceManager.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/facts/facts.h"

namespace bh {

// Where text stands, by the path of its file from the root, or absolute when it lies elsewhere.
class ClangPlaces {
 public:
  ClangPlaces(const clang::SourceManager& sources, std::string root)
      : sources_(sources), root_(std::move(root)) {}

  Place place(clang::SourceLocation location);
  const std::string& path(clang::SourceLocation location);
  std::string path(clang::FileEntryRef file) const;

 private:
  const clang::SourceManager& sources_;
  std::string root_;
  std::unordered_map<unsigned, std::string> known_;  // by file
};

class ClangNames {
 public:
  ClangNames(const clang::ASTContext& context, std::string root);

  std::string link_name(const clang::FunctionDecl* function);
  std::string definition(const clang::FunctionDecl* function);  // of the body in this unit
  std::string global(const clang::VarDecl* variable);           // any variable with static storage
  std::string field(const clang::FieldDecl* field);             // "Record.name"
  std::string record(const clang::RecordDecl* record);
  std::string plain(const clang::NamedDecl* declaration) const;  // qualified, no signature
  std::string function_type(clang::QualType type) const;         // "" when there is no prototype
  std::string type(clang::QualType type) const;
  Place place(clang::SourceLocation location) { return places_.place(location); }
  uint32_t line(clang::SourceLocation location) const;
  std::string macros(clang::SourceLocation location) const;

  bool is_system(clang::SourceLocation location) const;
  // Whether the function or class is an instance of a template for a type, a value, a template or
  // a function of the program, or stands inside of one.
  bool serves_program(const clang::DeclContext* at);
  // Whether the type is, points to, or is made for a type of the program.
  bool names_program(clang::QualType type);
  // True the first time it is asked of a record.
  bool first_sight(const clang::RecordDecl* record) { return seen_.insert(record).second; }

 private:
  std::string renamed(const clang::FunctionDecl* function);
  std::string signature(const clang::FunctionDecl* function);
  bool names_program(const clang::TemplateArgument& argument);
  bool names_program(llvm::ArrayRef<clang::TemplateArgument> arguments);

  const clang::ASTContext& context_;
  const clang::SourceManager& sources_;
  clang::PrintingPolicy policy_;
  ClangPlaces places_;
  std::unordered_map<const clang::Decl*, std::string> names_;
  std::unordered_map<std::string, unsigned> lambdas_;
  std::unordered_set<const clang::RecordDecl*> seen_;
  std::unordered_map<const clang::Type*, bool> of_program_;
};

}  // namespace bh
