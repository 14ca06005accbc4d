// Runs Clang's front end over one translation unit.
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/Version.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Sema/SemaConsumer.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/BLAKE3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "analyzer/clang_body.h"
#include "analyzer/clang_files.h"
#include "analyzer/clang_skip.h"
#include "analyzer/extract.h"
#include "analyzer/generated_facts.h"

namespace bh {
namespace {

using namespace clang;

// Keeps the first error: a unit with any error is a failed one.
class CountingConsumer : public DiagnosticConsumer {
 public:
  void HandleDiagnostic(DiagnosticsEngine::Level level, const Diagnostic& info) override {
    DiagnosticConsumer::HandleDiagnostic(level, info);
    if (level < DiagnosticsEngine::Error || !first.empty()) return;
    llvm::SmallString<128> message;
    info.FormatDiagnostic(message);
    if (info.hasSourceManager() && info.getLocation().isValid()) {
      PresumedLoc at = info.getSourceManager().getPresumedLoc(info.getLocation());
      if (at.isValid()) {
        file = at.getFilename();
        line = at.getLine();
      }
    }
    first = message.str().str();
  }
  std::string first, file;
  unsigned line = 0;
};

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
    if (!file || sources_.isInSystemHeader(hash)) return;
    facts_.includes.push_back({places_.place(hash), places_.path(*file)});
  }
  void SourceRangeSkipped(SourceRange range, SourceLocation) override {
    if (sources_.getFileID(range.getBegin()) != sources_.getMainFileID()) return;
    facts_.skipped.push_back(
        {places_.place(range.getBegin()), sources_.getExpansionLineNumber(range.getEnd())});
  }
  void MacroExpands(const Token& name, const MacroDefinition& definition, SourceRange range,
                    const MacroArgs*) override {
    const MacroInfo* macro = definition.getMacroInfo();
    if (!macro || !macro->isFunctionLike() || macro->getNumTokens() > 1) return;
    bool nothing =
        macro->getNumTokens() == 0 || macro->getReplacementToken(0).is(tok::numeric_constant);
    bool system = sources_.isInSystemHeader(macro->getDefinitionLoc()) ||
                  sources_.isInSystemHeader(sources_.getExpansionLoc(range.getBegin()));
    if (nothing && !system)
      facts_.vanished.push_back(
          {places_.place(range.getBegin()), name.getIdentifierInfo()->getName().str()});
  }

 private:
  const SourceManager& sources_;
  ClangPlaces places_;
  Facts& facts_;
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
  ExtractAction(const ExtractJob& job, ExtractMode mode, ExtractOutcome& outcome)
      : job_(job), mode_(mode), outcome_(outcome) {}
  bool BeginInvocation(CompilerInstance& compiler) override {
    compiler.getFrontendOpts().SkipFunctionBodies = mode_ == ExtractMode::Facts && job_.skip_bodies;
    return true;
  }
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& compiler, StringRef) override {
    if (mode_ == ExtractMode::SyntaxOnly) return std::make_unique<ASTConsumer>();
    compiler.getPreprocessor().addPPCallbacks(
        std::make_unique<PreprocessorFacts>(compiler.getSourceManager(), job_, outcome_.facts));
    return std::make_unique<FactsConsumer>(compiler, job_, outcome_.facts);
  }

 private:
  const ExtractJob& job_;
  ExtractMode mode_;
  ExtractOutcome& outcome_;
};

// Flags that only other compilers know, which Clang's driver rejects. A further one makes the unit
// fail.
constexpr std::array<std::string_view, 10> ForeignFlags = {"-mindirect-branch",
                                                           "-mfunction-return",
                                                           "-fconserve-stack",
                                                           "-fno-allow-store-data-races",
                                                           "-mpreferred-stack-boundary",
                                                           "-fno-var-tracking-assignments",
                                                           "-fplugin",
                                                           "-fno-canonical-system-headers",
                                                           "-fanalyzer",
                                                           "-mrecord-mcount"};

bool takes_output(std::string_view flag) {
  return flag == "-o" || flag == "-MF" || flag == "-MT" || flag == "-MQ" || flag == "-MJ";
}

std::vector<std::string> front_end_arguments(const ExtractJob& job) {
  std::vector<std::string> out;
  for (size_t i = 0; i < job.arguments.size(); ++i) {
    std::string_view flag = job.arguments[i];
    if (i > 0 && takes_output(flag)) {
      ++i;
      continue;
    }
    bool dependencies = flag == "-M" || flag == "-MM" || flag == "-MD" || flag == "-MMD" ||
                        flag == "-MP" || flag == "-MG" || flag.starts_with("-Wp,-M");
    bool output = flag.starts_with("-o") && flag.size() > 2 && flag[2] != 'b';
    bool foreign = std::any_of(ForeignFlags.begin(), ForeignFlags.end(),
                               [&](std::string_view known) { return flag.starts_with(known); });
    if (i > 0 &&
        (dependencies || output || foreign || flag == "-c" || flag == "-S" || flag == "-E"))
      continue;
    out.emplace_back(flag);
    if (i == 0)
      out.insert(out.end(), {"-fsyntax-only", "-resource-dir", job.resource_dir,
                             "-Qunused-arguments", "-Wno-unknown-warning-option", "-w"});
  }
  return out;
}

}  // namespace

FrontEnd::FrontEnd() : texts_(std::make_unique<SourceTexts>()) {}
FrontEnd::~FrontEnd() = default;

ExtractOutcome FrontEnd::extract(const ExtractJob& job, ExtractMode mode) {
  ExtractOutcome outcome;
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk = llvm::vfs::createPhysicalFileSystem();
  llvm::IntrusiveRefCntPtr<RecordedFiles> recorded(new RecordedFiles(disk, *texts_));
  if (mode == ExtractMode::Facts) disk = recorded;
  CountingConsumer consumer;
  if (disk->setCurrentWorkingDirectory(job.directory)) {
    (void)disk->status(job.directory);  // an input: it may be there the next time
    outcome.errors = 1;
    outcome.first_error = "the working directory '" + job.directory + "' does not exist";
  } else {
    llvm::IntrusiveRefCntPtr<FileManager> files(new FileManager(FileSystemOptions(), disk));
    tooling::ToolInvocation run(front_end_arguments(job),
                                std::make_unique<ExtractAction>(job, mode, outcome), files.get());
    run.setDiagnosticConsumer(&consumer);
    bool ran = run.run();
    outcome.errors = std::max<uint32_t>(consumer.getNumErrors(), ran ? 0 : 1);
    if (outcome.errors > 0 && consumer.first.empty()) consumer.first = "the front end did not run";
  }
  auto relative = [&](std::string path) {
    if (!path.empty() && path[0] != '/') path = job.directory + "/" + path;
    path = std::filesystem::path(path).lexically_normal().string();
    return path.starts_with(job.root + "/") ? path.substr(job.root.size() + 1) : path;
  };
  if (outcome.first_error.empty() && !consumer.first.empty())
    outcome.first_error =
        consumer.line == 0
            ? consumer.first
            : relative(consumer.file) + ":" + std::to_string(consumer.line) + ": " + consumer.first;
  outcome.facts.units.push_back({relative(job.file), "",
                                 outcome.errors == 0 ? UnitState::Ok : UnitState::Failed,
                                 outcome.first_error});
  outcome.inputs = recorded->inputs();
  return outcome;
}

std::string content_hash(std::string_view bytes) {
  static constexpr char Digits[] = "0123456789abcdef";
  llvm::BLAKE3 hasher;
  hasher.update(llvm::StringRef(bytes.data(), bytes.size()));
  std::array<uint8_t, 16> digest = hasher.final<16>();
  std::string text;
  for (uint8_t byte : digest) {
    text += Digits[byte >> 4];
    text += Digits[byte & 15];
  }
  return text;
}

// Raise the number whenever the same source gives other facts.
std::string extractor_version() { return "2 clang " + std::string(CLANG_VERSION_STRING); }

}  // namespace bh
