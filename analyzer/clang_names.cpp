#include "analyzer/clang_names.h"

#include <clang/AST/Attr.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/Type.h>
#include <clang/Lex/Lexer.h>
#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>

#include "analyzer/extract.h"

namespace bh {

// `..` after a symbolic link leads elsewhere than the text says: the file system is asked.
std::string ClangPlaces::path(clang::FileEntryRef file) const {
  llvm::SmallString<256> absolute(file.getName()), real;
  sources_.getFileManager().makeAbsolutePath(absolute);
  bool climbs = llvm::StringRef(absolute).contains("/../");
  if (climbs && !llvm::sys::fs::real_path(absolute, real)) absolute = real;
  llvm::sys::path::remove_dots(absolute, true);
  llvm::StringRef text = absolute;
  bool inside = text.size() > root_.size() && text.starts_with(root_) && text[root_.size()] == '/';
  return (inside ? text.drop_front(root_.size() + 1) : text).str();
}

const std::string& ClangPlaces::path(clang::SourceLocation location) {
  clang::FileID file = sources_.getFileID(sources_.getExpansionLoc(location));
  auto [at, added] = known_.try_emplace(file.getHashValue());
  clang::OptionalFileEntryRef entry =
      added ? sources_.getFileEntryRefForID(file) : clang::OptionalFileEntryRef();
  if (entry) at->second = path(*entry);
  return at->second;
}

Place ClangPlaces::place(clang::SourceLocation location) {
  clang::SourceLocation at = sources_.getExpansionLoc(location);
  return {path(at), sources_.getSpellingLineNumber(at), sources_.getSpellingColumnNumber(at)};
}

ClangNames::ClangNames(const clang::ASTContext& context, std::string root)
    : context_(context),
      sources_(context.getSourceManager()),
      policy_(context.getPrintingPolicy()),
      places_(sources_, std::move(root)) {
  policy_.AnonymousTagLocations = false;
  policy_.SuppressTagKeyword = false;
  policy_.FullyQualifiedName = true;
}

bool ClangNames::is_system(clang::SourceLocation location) const {
  return sources_.isInSystemHeader(location);
}

// A class or a lambda inside of a template is as much an instance as what it stands in.
bool ClangNames::serves_program(const clang::DeclContext* at) {
  const clang::TemplateArgumentList* arguments = nullptr;
  if (const auto* record = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(at))
    arguments = &record->getTemplateArgs();
  else if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(at))
    arguments = function->getTemplateSpecializationArgs();
  if (arguments && names_program(arguments->asArray())) return true;
  return at->getParent() && serves_program(at->getParent());
}

bool ClangNames::names_program(const clang::TemplateArgument& argument) {
  switch (argument.getKind()) {
    case clang::TemplateArgument::Type:
      return names_program(argument.getAsType());
    case clang::TemplateArgument::Integral:
      return names_program(argument.getIntegralType());
    case clang::TemplateArgument::StructuralValue:
      return names_program(argument.getStructuralValueType());
    case clang::TemplateArgument::Declaration:
      return !is_system(argument.getAsDecl()->getLocation()) ||
             names_program(argument.getParamTypeForDecl());
    case clang::TemplateArgument::NullPtr:
      return names_program(argument.getNullPtrType());
    case clang::TemplateArgument::Template:
      return !is_system(argument.getAsTemplate().getAsTemplateDecl()->getLocation());
    case clang::TemplateArgument::Pack:
      return names_program(argument.getPackAsArray());
    case clang::TemplateArgument::Null:
    case clang::TemplateArgument::TemplateExpansion:
    case clang::TemplateArgument::Expression:
      return false;  // no argument of an instance
  }
  return false;
}

bool ClangNames::names_program(llvm::ArrayRef<clang::TemplateArgument> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [this](const auto& argument) { return names_program(argument); });
}

// Types nest as deeply as their templates were written: Clang's own limit of instantiation depth
// bounds the recursion.
bool ClangNames::names_program(clang::QualType type) {
  const clang::Type* key = type.getCanonicalType().getTypePtr();
  while (!key->isMemberPointerType() && (!key->getPointeeType().isNull() || key->isArrayType()))
    key = key->isArrayType() ? key->getArrayElementTypeNoTypeQual()
                             : key->getPointeeType().getTypePtr();
  auto [at, added] = of_program_.try_emplace(key, false);
  if (!added) return at->second;
  bool found = false;
  if (const auto* function = key->getAs<clang::FunctionProtoType>()) {
    found = names_program(function->getReturnType());
    for (clang::QualType parameter : function->param_types()) found |= names_program(parameter);
  } else if (const auto* member = key->getAs<clang::MemberPointerType>()) {
    found = names_program({member->getClass(), 0}) || names_program(member->getPointeeType());
  } else if (const clang::TagDecl* tag = key->getAsTagDecl()) {
    found = !is_system(tag->getLocation()) || serves_program(tag);
  }
  return of_program_[key] = found;
}

uint32_t ClangNames::line(clang::SourceLocation location) const {
  return sources_.getExpansionLineNumber(location);
}

std::string ClangNames::macros(clang::SourceLocation location) const {
  std::string text;
  for (int depth = 0; location.isMacroID() && depth < 32; ++depth) {
    std::string name =
        clang::Lexer::getImmediateMacroName(location, sources_, context_.getLangOpts()).str();
    bool is_name = !name.empty() && name.find_first_of(" \t\n") == std::string::npos;
    if (is_name && text != name && !text.starts_with(name + " "))
      text = text.empty() ? name : fmt::format("{} {}", name, text);
    location = sources_.getImmediateMacroCallerLoc(location);
  }
  return text;
}

std::string ClangNames::type(clang::QualType type) const {
  return type.getCanonicalType().getAsString(policy_);
}

std::string ClangNames::function_type(clang::QualType type) const {
  type = type.getNonReferenceType();
  if (const auto* pointer = type->getAs<clang::PointerType>()) type = pointer->getPointeeType();
  if (const auto* pointer = type->getAs<clang::BlockPointerType>())
    type = pointer->getPointeeType();
  if (!type->getAs<clang::FunctionProtoType>()) return "";
  return this->type(type);
}

std::string ClangNames::plain(const clang::NamedDecl* declaration) const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  declaration->printQualifiedName(stream, policy_);
  return text;
}

// The lambdas that the arguments of a template name, in their order.
static std::vector<const clang::CXXRecordDecl*> lambdas_in(
    llvm::ArrayRef<clang::TemplateArgument> arguments) {
  constexpr size_t MaxSteps = 1000;
  std::vector<const clang::CXXRecordDecl*> found;
  std::vector<clang::TemplateArgument> open(arguments.rbegin(), arguments.rend());
  for (size_t steps = 0; !open.empty() && steps < MaxSteps; ++steps) {
    const clang::TemplateArgument argument = open.back();
    open.pop_back();
    if (argument.getKind() == clang::TemplateArgument::Pack)
      open.insert(open.end(), argument.pack_begin(), argument.pack_end());
    if (argument.getKind() != clang::TemplateArgument::Type) continue;
    clang::QualType type = argument.getAsType().getCanonicalType().getNonReferenceType();
    while (type->isPointerType()) type = type->getPointeeType();
    const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
    if (record && record->isLambda()) found.push_back(record);
    if (const auto* made = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record)) {
      const auto& inner = made->getTemplateArgs().asArray();
      open.insert(open.end(), inner.rbegin(), inner.rend());
    }
  }
  return found;
}

// All lambdas are printed alike; this tells instances of a template for different ones apart.
// `name`: of a lambda's call operator.
template <class Name>
static std::string lambda_mark(const clang::Decl* instance, Name name) {
  std::string lambdas;
  auto add = [&](const clang::TemplateArgumentList* arguments) {
    if (!arguments) return;
    for (const clang::CXXRecordDecl* lambda : lambdas_in(arguments->asArray()))
      if (const clang::CXXMethodDecl* call = lambda->getLambdaCallOperator())
        lambdas += name(call) + ';';
  };
  if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(instance))
    add(function->getTemplateSpecializationArgs());
  const auto* at = llvm::dyn_cast<clang::DeclContext>(instance);
  for (; at; at = at->getParent())
    if (const auto* made = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(at))
      add(&made->getTemplateArgs());
  return lambdas.empty() ? "" : "#" + content_hash(lambdas).substr(0, 8);
}

std::string ClangNames::signature(const clang::FunctionDecl* function) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  function->getNameForDiagnostic(stream, policy_, true);
  if (text.find("(lambda)") != std::string::npos)
    text += lambda_mark(function, [this](const clang::FunctionDecl* f) { return definition(f); });
  text += '(';
  for (const clang::ParmVarDecl* parameter : function->parameters()) {
    if (text.back() != '(') text += ", ";
    text += type(parameter->getType());
  }
  text += ')';
  if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function))
    if (method->isConst()) text += " const";
  const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
  if (method && method->getParent()->isLambda())
    text += fmt::format("#{}", lambdas_[text + places_.path(function->getLocation())]++);
  return text;
}

// What the linker is told to take instead: `int f(int) __asm__("g")`,
// `__attribute__((weakref("g")))`.
std::string ClangNames::renamed(const clang::FunctionDecl* function) {
  function = function->getMostRecentDecl();
  llvm::StringRef other;
  if (const auto* label = function->getAttr<clang::AsmLabelAttr>();
      label && !is_system(function->getLocation()))
    other = label->getLabel().ltrim('\1');
  if (const auto* alias = function->getAttr<clang::AliasAttr>()) other = alias->getAliasee();
  if (const auto* alias = function->getAttr<clang::WeakRefAttr>()) other = alias->getAliasee();
  if (other.empty()) return "";
  clang::IdentifierInfo& name = context_.Idents.get(other);
  for (const clang::NamedDecl* found : context_.getTranslationUnitDecl()->lookup(&name))
    if (const auto* target = llvm::dyn_cast<clang::FunctionDecl>(found))
      if (target->getCanonicalDecl() != function->getCanonicalDecl()) return link_name(target);
  return other.str();
}

std::string ClangNames::link_name(const clang::FunctionDecl* function) {
  function = function->getCanonicalDecl();
  if (auto found = names_.find(function); found != names_.end()) return found->second;
  names_[function] = function->getNameAsString();  // two that name each other end here
  if (std::string other = renamed(function); !other.empty()) return names_[function] = other;
  bool plain_c = !context_.getLangOpts().CPlusPlus || function->isExternC() || function->isMain();
  std::string text = plain_c ? function->getNameAsString() : signature(function);
  if (!function->isExternallyVisible())
    text += fmt::format("@{}", places_.path(function->getLocation()));
  return names_[function] = text;
}

std::string ClangNames::definition(const clang::FunctionDecl* function) {
  std::string text = link_name(function);
  if (function->isExternallyVisible())
    text += fmt::format("@{}", places_.path(function->getLocation()));
  return text;
}

std::string ClangNames::global(const clang::VarDecl* variable) {
  variable = variable->getCanonicalDecl();
  if (auto found = names_.find(variable); found != names_.end()) return found->second;
  std::string text = plain(variable);
  if (variable->isStaticLocal())
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(variable->getDeclContext()))
      text = plain(function) + "::" + variable->getNameAsString();
  if (!variable->isExternallyVisible())
    text += fmt::format("@{}", places_.path(variable->getLocation()));
  return names_[variable] = text;
}

// An unnamed record is known by the typedef that names it, or else by the names of its fields; that
// of a lambda by its call operator.
std::string ClangNames::record(const clang::RecordDecl* record) {
  record = llvm::cast<clang::RecordDecl>(record->getCanonicalDecl());
  if (auto found = names_.find(record); found != names_.end()) return found->second;
  std::string text;
  const auto* closure = llvm::dyn_cast<clang::CXXRecordDecl>(record);
  if (closure && closure->isLambda()) {
    text = "lambda#" + content_hash(definition(closure->getLambdaCallOperator())).substr(0, 8);
  } else if (llvm::isa<clang::ClassTemplateSpecializationDecl>(record)) {
    llvm::raw_string_ostream stream(text);
    record->getNameForDiagnostic(stream, policy_, true);
    if (text.find("(lambda)") != std::string::npos)
      text += lambda_mark(record, [this](const clang::FunctionDecl* f) { return definition(f); });
  } else if (record->getIdentifier()) {
    text = plain(record);
  } else if (const clang::TypedefNameDecl* name = record->getTypedefNameForAnonDecl()) {
    text = plain(name);
  } else {
    const auto* parent = llvm::dyn_cast<clang::RecordDecl>(record->getDeclContext());
    if (parent) text = plain(parent) + "::";
    text += '{';
    if (const clang::RecordDecl* complete = record->getDefinition())
      for (const clang::FieldDecl* f : complete->fields()) text += f->getNameAsString() + ',';
    text += '}';
  }
  return names_[record] = text;
}

std::string ClangNames::field(const clang::FieldDecl* field) {
  const clang::RecordDecl* owner = field->getParent();
  while (owner->isAnonymousStructOrUnion()) {
    const auto* outer = llvm::dyn_cast<clang::RecordDecl>(owner->getDeclContext());
    if (!outer) break;
    owner = outer;
  }
  return record(owner) + "." + field->getNameAsString();
}

}  // namespace bh
