#include "driver/pipeline/certificate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/sha256.h"
#include "driver/pipeline/files.h"
#include "driver/report/check_report.h"

namespace bh {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view Verify = R"sh(#!/bin/sh
# verify [SOLVER..]: checks that no file of this folder was changed, and asks an SMT-LIB 2 solver every
# question again. Exit: 0 it agrees with every answer, 1 it does not.
cd "$(dirname "$0")" || exit 2
[ $# -gt 0 ] || set -- cvc5 --incremental
sha256sum --quiet -c SHA256SUMS || exit 1
failed=0
for script in obligations/*.smt2; do
  [ -e "$script" ] || continue
  answers=$("$@" "$script")
  if [ "$answers" != "$(cat "${script%.smt2}.expected")" ]; then
    echo "DISAGREES: $script"
    failed=1
  fi
done
[ $failed = 0 ] && echo "all answers confirmed"
exit $failed
)sh";

class Writer {
 public:
  explicit Writer(fs::path folder) : folder_(std::move(folder)) {}

  // Under this name, with its hash; the first failure is kept.
  void add(const std::string& name, std::string_view text) {
    sums_ += fmt::format("{}  {}\n", print(sha256(text)), name);
    write(name, text);
  }
  Result<void> finish() {
    write("SHA256SUMS", sums_);
    return std::move(state_);
  }

 private:
  void write(const std::string& name, std::string_view text) {
    if (state_.has_value()) state_ = write_file(folder_ / name, text);
  }

  fs::path folder_;
  std::string sums_;
  Result<void> state_;
};

std::string expected_answers(const Obligation& obligation) {
  std::string text;
  for (const Obligation::Claim& claim : obligation.claims)
    text += claim.satisfiable ? "sat\n" : "unsat\n";
  return text;
}

nlohmann::ordered_json sources_json(const SourceMap& sources) {
  auto list = nlohmann::ordered_json::array();
  for (uint32_t i = 0; i < sources.size(); ++i) {
    const auto& file = sources[FileId(i)];
    list.push_back({{"path", file.path()}, {"sha256", print(sha256(file.text()))}});
  }
  return list;
}

}  // namespace

Result<void> write_certificate(const fs::path& folder, const std::string& tool,
                               const LoadedPolicy& policy, const CheckResult& result,
                               size_t settings) {
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
    return fail(fmt::format("'{}' is not empty", folder.string()),
                "name a folder that does not exist yet");
  }
  fs::create_directories(folder / "obligations", error);
  if (error) return fail(fmt::format("cannot make '{}': {}", folder.string(), error.message()));
  Writer writer(folder);
  auto document = nlohmann::ordered_json::parse(check_json(policy, result));
  document["command"] = "certificate";
  document["tool"] = tool;
  document["settings"] = settings;
  document["sources"] = sources_json(policy.sources);
  document["obligations"] = nlohmann::ordered_json::array();
  size_t number = 0;
  for (const Obligation& obligation : result.obligations) {
    const std::string file = fmt::format("obligations/{:03}", ++number);
    writer.add(file + ".smt2", obligation.script);
    writer.add(file + ".expected", expected_answers(obligation));
    document["obligations"].push_back({{"name", obligation.name},
                                       {"file", file + ".smt2"},
                                       {"claims", obligation.claims.size()}});
  }
  document["not_exported"] = result.not_exported;
  writer.add("verify", Verify);
  writer.add("certificate.json", document.dump(2) + "\n");
  Result<void> written = writer.finish();
  if (!written.has_value()) return written;
  fs::permissions(folder / "verify",
                  fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::add, error);
  return {};
}

}  // namespace bh
