#include "lang/format.h"

#include "lang/format_writer.h"
#include "lang/parser.h"

namespace bh {

std::optional<std::string> format(const SourceFile& file, FileId id, DiagnosticSink& sink) {
  const size_t errors = sink.count(Severity::Error);
  static_cast<void>(parse(file, id, sink));
  if (sink.count(Severity::Error) != errors) return std::nullopt;
  const Lexemes lexemes(file.text());
  LineCutter lines(lexemes);
  LayoutWriter writer(lexemes);
  LayoutLine line;
  while (lines.next(line)) writer.write(line);
  return writer.finish();
}

}  // namespace bh
