// Any bytes as a policy: compiling ends, complaints stay bounded and can be rendered, and what is
// accepted prints as a policy that means the same.
#include <string>

#include "core/diag/render.h"
#include "core/model/print.h"
#include "lang/compile.h"
#include "lang/reporter.h"

using namespace bh;

static std::optional<std::string> model_text(std::string text) {
  SourceMap sources;
  DiagnosticSink sink;
  const auto checked = compile(sources, {sources.add("fuzz.bh", std::move(text))}, sink);
  BH_CHECK(checked.has_value() == !sink.has_errors());
  BH_CHECK(sink.count(Severity::Error) <= Reporter::MaxErrors);
  BH_CHECK(render_text(sink, sources).empty() == sink.diagnostics().empty());
  BH_CHECK(!render_json(sink, sources).empty());
  if (!checked) return std::nullopt;
  return print(**checked);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto first = model_text(std::string(reinterpret_cast<const char*>(data), size));
  if (!first) return 0;
  // Of a condition that means different sets for different methods only a comment tells (print.h).
  if (first->find("\n    // for ") != std::string::npos) return 0;
  const auto second = model_text(*first);
  BH_CHECK(second.has_value());
  BH_CHECK(*second == *first);
  return 0;
}
