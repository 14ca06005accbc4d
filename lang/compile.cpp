#include "lang/compile.h"

#include "lang/check.h"
#include "lang/parser.h"

namespace bh {

std::optional<CheckedModel> compile(const SourceMap& sources, const std::vector<FileId>& files,
                                    DiagnosticSink& sink) {
  Ast ast;
  for (const FileId file : files) append(ast, parse(sources[file], file, sink));
  if (!ast.readable) return std::nullopt;
  return seal(check(ast, sink), sink);
}

}  // namespace bh
