// Any bytes as a policy to format: what parses keeps its tokens and comments, and formatting the
// result changes nothing.
#include <string>

#include "core/base/check.h"
#include "lang/format.h"

using namespace bh;

static std::optional<std::string> formatted(std::string text) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("fuzz.bh", std::move(text));
  auto result = format(sources[file], file, sink);
  BH_CHECK(result.has_value() == !sink.has_errors());
  return result;
}

// What no layout may change. Blanks within comments and strings are left out like all others.
static std::string without_blanks(const std::string& text) {
  std::string rest;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') rest += c;
  }
  return rest;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto first = formatted(text);
  if (!first) return 0;
  BH_CHECK(without_blanks(*first) == without_blanks(text));
  const auto second = formatted(*first);
  BH_CHECK(second.has_value());
  BH_CHECK(*second == *first);
  return 0;
}
