// Runs Clang's front end over one translation unit.
#include <clang/Basic/FileManager.h>
#include <clang/Basic/Version.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/BLAKE3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "analyzer/arguments.h"
#include "analyzer/clang_extract.h"
#include "analyzer/clang_files.h"
#include "analyzer/clang_start.h"

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

std::optional<SourceTexts::Text> main_text(SourceTexts& texts, const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  llvm::ErrorOr<SourceTexts::Text> text = texts.read(path, status);
  return text ? std::optional(*text) : std::nullopt;
}

std::string_view view(const SourceTexts::Text& text) {
  return {text.bytes->getBufferStart(), text.bytes->getBufferSize()};
}

// One way through the front end.
class Pass {
 public:
  Pass(SourceTexts& texts, ExtractJob job, ExtractMode mode)
      : texts_(texts),
        job_(std::move(job)),
        mode_(mode),
        recorded_(new RecordedFiles(llvm::vfs::createPhysicalFileSystem(), texts)) {}

  ExtractOutcome run() {
    parse({});
    return finish();
  }

  std::optional<ExtractOutcome> run_from_start(const FrontEnd::NextJob& next) {
    const std::optional<size_t> argument = main_argument(job_);
    const std::optional<SourceTexts::Text> text = main_text(texts_, job_.file);
    const std::optional<UnitStart> start = text ? unit_start(view(*text)) : std::nullopt;
    if (!argument || !start) return std::nullopt;
    const std::string stand_in = job_.arguments[*argument];
    OpenText open(*start);
    recorded_->replace(stand_in, open.buffer());
    bool copied = false, whole = false;
    auto stopped = [&]() -> OptionalFileEntryRef {
      job_ = next();
      copied = true;
      recorded_->forget(stand_in);
      OptionalFileEntryRef file = fill(open, *start);
      whole = file.has_value();
      return file;
    };
    parse([&](CompilerInstance& compiler) {
      compiler.getPreprocessor().addPPCallbacks(
          std::make_unique<StopBehindInclusion>(compiler, stopped));
    });
    if (!copied) return std::nullopt;
    // Errors are told as they are without a start that is shared.
    if (!whole || consumer_.getNumErrors() > 0) return Pass(texts_, job_, mode_).run();
    return finish();
  }

 private:
  void parse(const Prepare& prepare) {
    llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk = recorded_;
    if (mode_ == ExtractMode::SyntaxOnly) disk = llvm::vfs::createPhysicalFileSystem();
    if (disk->setCurrentWorkingDirectory(job_.directory)) {
      (void)disk->status(job_.directory);  // an input: it may be there the next time
      outcome_.errors = 1;
      outcome_.first_error = "the working directory '" + job_.directory + "' does not exist";
      return;
    }
    files_ = new FileManager(FileSystemOptions(), disk);
    tooling::ToolInvocation run(front_end_arguments(job_),
                                make_extraction(job_, mode_, outcome_.facts, prepare),
                                files_.get());
    run.setDiagnosticConsumer(&consumer_);
    bool ran = run.run();
    outcome_.errors = std::max<uint32_t>(consumer_.getNumErrors(), ran ? 0 : 1);
    if (outcome_.errors > 0 && consumer_.first.empty())
      consumer_.first = "the front end did not run";
  }

  // Puts the text of the job's main file in. Nothing when it does not start as it should.
  OptionalFileEntryRef fill(OpenText& open, const UnitStart& expected) {
    const std::optional<size_t> argument = main_argument(job_);
    const std::optional<SourceTexts::Text> text = main_text(texts_, job_.file);
    const std::optional<UnitStart> start = text ? unit_start(view(*text)) : std::nullopt;
    if (!argument || !start || !OpenText::fits(view(*text), *start)) return std::nullopt;
    if (start->inclusion != expected.inclusion || (start->head == 0) != (expected.head == 0))
      return std::nullopt;
    open.fill(view(*text), *start);
    recorded_->note(job_.arguments[*argument], text->hash);
    return files_->getOptionalFileRef(job_.arguments[*argument]);
  }

  std::string relative(std::string path) const {
    if (!path.empty() && path[0] != '/') path = job_.directory + "/" + path;
    path = std::filesystem::path(path).lexically_normal().string();
    return path.starts_with(job_.root + "/") ? path.substr(job_.root.size() + 1) : path;
  }

  ExtractOutcome finish() {
    if (outcome_.first_error.empty() && !consumer_.first.empty())
      outcome_.first_error = consumer_.line == 0
                                 ? consumer_.first
                                 : relative(consumer_.file) + ":" + std::to_string(consumer_.line) +
                                       ": " + consumer_.first;
    outcome_.facts.units.push_back({relative(job_.file), "",
                                    outcome_.errors == 0 ? UnitState::Ok : UnitState::Failed,
                                    outcome_.first_error});
    outcome_.inputs = recorded_->inputs();
    return std::move(outcome_);
  }

  SourceTexts& texts_;
  ExtractJob job_;
  ExtractMode mode_;
  llvm::IntrusiveRefCntPtr<RecordedFiles> recorded_;
  llvm::IntrusiveRefCntPtr<FileManager> files_;
  CountingConsumer consumer_;
  ExtractOutcome outcome_;
};

}  // namespace

FrontEnd::FrontEnd() : texts_(std::make_unique<SourceTexts>()) {}
FrontEnd::~FrontEnd() = default;

ExtractOutcome FrontEnd::extract(const ExtractJob& job, ExtractMode mode) {
  return Pass(*texts_, job, mode).run();
}

std::optional<ExtractOutcome> FrontEnd::extract_from_start(const ExtractJob& job,
                                                           const NextJob& next) {
  return Pass(*texts_, job, ExtractMode::Facts).run_from_start(next);
}

std::string FrontEnd::start_of(const ExtractJob& job) {
  const std::optional<size_t> argument = main_argument(job);
  const std::optional<SourceTexts::Text> text = main_text(*texts_, job.file);
  const std::optional<UnitStart> start = text ? unit_start(view(*text)) : std::nullopt;
  if (!argument || !start || !OpenText::fits(view(*text), *start)) return "";
  const std::filesystem::path main = job.arguments[*argument];
  std::string key = job.directory + '\0' + main.parent_path().string() + '\0' +
                    main.extension().string() + (start->head == 0 ? '^' : '\0') + start->inclusion;
  for (const std::string& word : front_end_arguments(job))
    if (word != main) (key += '\0') += word;
  return key;
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
std::string extractor_version() { return "9 clang " + std::string(CLANG_VERSION_STRING); }

}  // namespace bh
