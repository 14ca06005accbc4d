#include "analyzer/clang_extract.h"

#include <clang/AST/ASTConsumer.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Sema/SemaConsumer.h>

#include <optional>
#include <utility>
#include <vector>

#include "analyzer/clang_body.h"
#include "analyzer/clang_skip.h"
#include "analyzer/generated_facts.h"

namespace bh {
namespace {

using namespace clang;

class DeclWalker : public RecursiveASTVisitor<DeclWalker> {
 public:
  DeclWalker(ASTContext& context, Preprocessor& preprocessor, ClangNames& names, Facts& facts)
      : context_(context), preprocessor_(preprocessor), names_(names), facts_(facts) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }
  // Bodies are walked by ClangBody. Only C++ has declarations with bodies inside of them.
  void walk() {
    TranslationUnitDecl* unit = context_.getTranslationUnitDecl();
    if (context_.getLangOpts().CPlusPlus) {
      TraverseDecl(unit);
      return;
    }
    for (Decl* declaration : unit->decls()) {
      if (auto* function = dyn_cast<FunctionDecl>(declaration))
        VisitFunctionDecl(function);
      else if (auto* variable = dyn_cast<VarDecl>(declaration))
        VisitVarDecl(variable);
      else if (auto* assembly = dyn_cast<FileScopeAsmDecl>(declaration))
        VisitFileScopeAsmDecl(assembly);
    }
  }
  // What is left out, and everything inside of it, has no facts.
  bool TraverseDecl(Decl* declaration) {
    if (auto* function = dyn_cast_or_null<FunctionDecl>(declaration);
        function && (function->isDependentContext() ||
                     (is_system(function->getLocation()) && !names_.serves_program(function))))
      return true;
    if (auto* record = dyn_cast_or_null<CXXRecordDecl>(declaration);
        record && record->isDependentContext())
      return true;
    if (isa_and_nonnull<VarDecl>(declaration) && is_system(declaration->getLocation())) return true;
    return RecursiveASTVisitor::TraverseDecl(declaration);
  }
  bool TraverseTypeLoc(TypeLoc) { return true; }
  bool TraverseType(QualType) { return true; }
  bool TraverseNestedNameSpecifierLoc(NestedNameSpecifierLoc) { return true; }
  bool TraverseAttr(Attr*) { return true; }
  bool VisitFunctionDecl(FunctionDecl* function) {
    if (!function->doesThisDeclarationHaveABody() || function->isDependentContext()) return true;
    if (is_system(function->getLocation()) && !names_.serves_program(function)) return true;
    if (!function->getBody()) return true;
    ClangBody(context_, preprocessor_, names_, facts_).function(function);
    return true;
  }
  bool VisitFileScopeAsmDecl(FileScopeAsmDecl* assembly) {
    if (is_system(assembly->getLocation())) return true;
    Place at = names_.place(assembly->getLocation());
    facts_.specials.push_back({"=asm@" + at.file, at, "", SpecialKind::Assembly});
    return true;
  }
  bool VisitCXXMethodDecl(CXXMethodDecl* method) {
    if (method->isDependentContext()) return true;
    if (is_system(method->getLocation()) && !names_.serves_program(method)) return true;
    for (const CXXMethodDecl* base : method->overridden_methods())
      facts_.overrides.push_back({names_.link_name(method), names_.link_name(base)});
    return true;
  }
  bool VisitVarDecl(VarDecl* variable) {
    bool defined = variable->isThisDeclarationADefinition() != VarDecl::DeclarationOnly;
    if (!defined || !variable->hasGlobalStorage() || variable->isLocalVarDecl()) return true;
    if (variable->getDeclContext()->isDependentContext() || variable->getDescribedVarTemplate())
      return true;
    if (is_system(variable->getLocation())) return true;
    ClangBody(context_, preprocessor_, names_, facts_).global(variable);
    return true;
  }

 private:
  bool is_system(SourceLocation location) const { return names_.is_system(location); }
  ASTContext& context_;
  Preprocessor& preprocessor_;
  ClangNames& names_;
  Facts& facts_;
};

// What leaves no trace in the syntax tree: inclusions, lines left out, macros that vanish.
class PreprocessorFacts : public PPCallbacks {
 public:
  PreprocessorFacts(const SourceManager& sources, const ExtractJob& job, Facts& facts)
      : sources_(sources), places_(sources, job.root), facts_(facts) {}
  void InclusionDirective(SourceLocation hash, const Token&, StringRef, bool, CharSourceRange,
                          OptionalFileEntryRef file, StringRef, StringRef, const Module*, bool,
                          SrcMgr::CharacteristicKind) override {
    if (file && !sources_.isInSystemHeader(hash)) includes_.emplace_back(hash, *file);
  }
  void SourceRangeSkipped(SourceRange range, SourceLocation) override {
    if (sources_.getFileID(range.getBegin()) == sources_.getMainFileID()) skipped_.push_back(range);
  }
  void MacroExpands(const Token& name, const MacroDefinition& definition, SourceRange range,
                    const MacroArgs*) override {
    const MacroInfo* macro = definition.getMacroInfo();
    if (!macro || !macro->isFunctionLike() || macro->getNumTokens() > 1) return;
    bool nothing =
        macro->getNumTokens() == 0 || macro->getReplacementToken(0).is(tok::numeric_constant);
    bool system = sources_.isInSystemHeader(macro->getDefinitionLoc()) ||
                  sources_.isInSystemHeader(sources_.getExpansionLoc(range.getBegin()));
    if (nothing && !system) vanished_.emplace_back(range.getBegin(), name.getIdentifierInfo());
  }
  // Lines are counted only now, when the whole text of the main file is there.
  void EndOfMainFile() override {
    for (const auto& [hash, file] : includes_)
      facts_.includes.push_back({places_.place(hash), places_.path(file)});
    for (SourceRange range : skipped_)
      facts_.skipped.push_back(
          {places_.place(range.getBegin()), sources_.getExpansionLineNumber(range.getEnd())});
    for (const auto& [at, name] : vanished_)
      facts_.vanished.push_back({places_.place(at), name->getName().str()});
  }

 private:
  const SourceManager& sources_;
  ClangPlaces places_;
  Facts& facts_;
  std::vector<std::pair<SourceLocation, FileEntryRef>> includes_;
  std::vector<SourceRange> skipped_;
  std::vector<std::pair<SourceLocation, const IdentifierInfo*>> vanished_;
};

// Bodies that have no facts are not parsed: those of functions in system headers that are no
// templates, and instances of system templates that were not made for a type of the program.
class FactsConsumer : public SemaConsumer {
 public:
  FactsConsumer(CompilerInstance& compiler, const ExtractJob& job, Facts& facts)
      : compiler_(compiler), job_(job), facts_(facts) {}
  void Initialize(ASTContext& context) override { early_.emplace(context, job_.root); }
  void InitializeSema(Sema& sema) override { sema_ = &sema; }
  void ForgetSema() override { sema_ = nullptr; }
  bool shouldSkipFunctionBody(Decl* declaration) override {
    const auto* function = dyn_cast<FunctionDecl>(declaration);
    return function && !function->isDependentContext() && !function->isTemplateInstantiation() &&
           early_->is_system(function->getLocation());
  }
  void HandleCXXImplicitFunctionInstantiation(FunctionDecl* function) override {
    // A friend of a class template has no arguments of its own: its signature tells.
    bool skip = sema_ && job_.skip_bodies && early_->is_system(function->getLocation()) &&
                !early_->serves_program(function) && !early_->names_program(function->getType());
    if (skip) drop_instantiation(*sema_, function);
  }
  void HandleTranslationUnit(ASTContext& context) override {
    ClangNames names(context, job_.root);
    DeclWalker(context, compiler_.getPreprocessor(), names, facts_).walk();
    drop_generated(facts_);
  }

 private:
  std::optional<ClangNames> early_;  // names nothing: what is not complete yet has no name
  Sema* sema_ = nullptr;
  CompilerInstance& compiler_;
  const ExtractJob& job_;
  Facts& facts_;
};

class ExtractAction : public ASTFrontendAction {
 public:
  ExtractAction(const ExtractJob& job, ExtractMode mode, Facts& facts, const Prepare& prepare)
      : job_(job), mode_(mode), facts_(facts), prepare_(prepare) {}
  bool BeginInvocation(CompilerInstance& compiler) override {
    compiler.getFrontendOpts().SkipFunctionBodies = mode_ == ExtractMode::Facts && job_.skip_bodies;
    return true;
  }
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& compiler, StringRef) override {
    if (mode_ == ExtractMode::SyntaxOnly) return std::make_unique<ASTConsumer>();
    Preprocessor& preprocessor = compiler.getPreprocessor();
    preprocessor.addPPCallbacks(
        std::make_unique<PreprocessorFacts>(compiler.getSourceManager(), job_, facts_));
    if (job_.skip_bodies)
      preprocessor.addPPCallbacks(std::make_unique<LateTemplates>(compiler.getLangOpts()));
    if (prepare_) prepare_(compiler);
    return std::make_unique<FactsConsumer>(compiler, job_, facts_);
  }

 private:
  const ExtractJob& job_;
  ExtractMode mode_;
  Facts& facts_;
  const Prepare& prepare_;
};

}  // namespace

std::unique_ptr<FrontendAction> make_extraction(const ExtractJob& job, ExtractMode mode,
                                                Facts& facts, const Prepare& prepare) {
  return std::make_unique<ExtractAction>(job, mode, facts, prepare);
}

}  // namespace bh
