// Any bytes as tokens: each lies behind the one before it and is not empty, and there is an end.
#include <string_view>

#include "core/base/check.h"
#include "lang/lexer.h"

using namespace bh;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  text = text.substr(0, find_invalid_utf8(text));
  SourceMap sources;
  const FileId file = sources.add("fuzz.bh", std::string(text));
  DiagnosticSink sink;
  Reporter reporter(sink);
  Lexer lexer(sources[file].text(), file, reporter);
  uint32_t before = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
    BH_CHECK(token.span.begin >= before);
    BH_CHECK(token.span.end > token.span.begin);
    BH_CHECK(token.text == sources.text(token.span));
    if (token.kind == TokenKind::String) unquote(token, reporter);
    before = token.span.end;
  }
  BH_CHECK(lexer.next().kind == TokenKind::End);
  BH_CHECK(sink.count(Severity::Error) <= Reporter::MaxErrors);
  return 0;
}
