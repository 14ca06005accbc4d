#include "driver/pipeline/recheck.h"

#include <fmt/format.h>

#include <sstream>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

// Of cvc5: resource units a question, so that every machine gives up at the same place; and for
// what these do not count, a limit that no script comes near.
constexpr const char* ResourceLimit = "--rlimit-per=20000000";
constexpr std::chrono::seconds WallLimit{1800};

class Rechecker {
 public:
  Rechecker(fs::path program, fs::path directory, fs::path kept)
      : program_(std::move(program)), directory_(std::move(directory)), kept_(std::move(kept)) {}

  Result<void> ask(const Obligation& obligation) {
    const std::string number = fmt::format("{:03}", ++result_.scripts);
    const fs::path script = directory_ / (number + ".smt2");
    if (Result<void> written = write_file(script, obligation.script); !written.has_value())
      return written;
    ProcessOptions options;
    options.limit = WallLimit;
    const std::vector<std::string> command = {program_.string(), "--incremental", "--lang=smt2.6",
                                              ResourceLimit, script.string()};
    BH_TRY(const ProcessResult ran, run_process(command, options));
    if (compare(obligation, ran.output)) return {};
    std::error_code error;
    fs::create_directories(kept_, error);
    Result<void> kept = write_file(kept_ / (number + ".smt2"), obligation.script);
    return kept.has_value() ? write_file(kept_ / (number + ".answers"), ran.output) : kept;
  }

  Recheck take() { return std::move(result_); }

 private:
  // Whether no answer contradicts a claim.
  bool compare(const Obligation& obligation, const std::string& output) {
    std::istringstream lines(output);
    bool agrees = true;
    for (const Obligation::Claim& claim : obligation.claims) {
      std::string answer;
      std::getline(lines, answer);
      ++result_.claims;
      const std::string what = obligation.name + ": " + claim.what;
      if (answer != "sat" && answer != "unsat") {
        result_.open.push_back(what + ": cvc5 did not decide it");
      } else if ((answer == "sat") == claim.satisfiable) {
        ++result_.confirmed;
      } else {
        result_.disagreements.push_back(what);
        agrees = false;
      }
    }
    return agrees;
  }

  fs::path program_;
  fs::path directory_;
  fs::path kept_;
  Recheck result_;
};

}  // namespace

Result<Recheck> recheck(const CheckResult& result, const fs::path& kept) {
  const fs::path program = find_program("cvc5");
  if (program.empty()) return fail("there is no cvc5 on this machine", "apt-get install cvc5");
  BH_TRY(const TemporaryDirectory directory, TemporaryDirectory::create());
  Rechecker rechecker(program, directory.path(), kept);
  for (const Obligation& obligation : result.obligations) {
    if (Result<void> asked = rechecker.ask(obligation); !asked.has_value())
      return tl::unexpected(std::move(asked.error()));
  }
  Recheck answers = rechecker.take();
  for (const std::string& name : result.not_exported)
    answers.open.push_back(name + ": too many states for a script");
  return answers;
}

}  // namespace bh
