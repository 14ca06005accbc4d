// Any bytes as a policy to check: in every setting of its variants (the first few) the checker
// seals the same names, and the proofs end, within small limits, without an internal error.
#include <algorithm>
#include <string>

#include "lang/check.h"
#include "lang/imports.h"
#include "solver/check.h"

using namespace bh;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file =
      sources.add("fuzz.bh", std::string(reinterpret_cast<const char*>(data), size));
  const Ast ast = read_policy(sources, {file}, nullptr, sink);
  if (!ast.readable) return 0;
  const auto standard = seal(check(ast, {}, sink), sink);
  if (!standard) return 0;
  std::vector<Setting> settings = settings_of(**standard);
  settings.resize(std::min<size_t>(settings.size(), 4));
  CheckOptions options;
  options.rlimit = 20'000;
  options.state_limit = 1'000;
  options.total_state_limit = 10'000;
  options.entry_limit = 20'000;
  for (const Setting& setting : settings) {
    DiagnosticSink said;
    const auto model = seal(check(ast, setting, said), said);
    BH_CHECK(model.has_value());
    BH_CHECK((*model)->operations.size() == (*standard)->operations.size());
    BH_CHECK((*model)->rules.size() == (*standard)->rules.size());
    const CheckResult result = check_policy(*model, options, said);
    BH_CHECK(!result.internal_error);
    BH_CHECK(result.properties.size() == (*model)->properties.size());
  }
  return 0;
}
