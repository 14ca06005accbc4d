#include "lang/compile.h"

#include "lang/check.h"
#include "lang/imports.h"

namespace bh {

std::optional<CheckedModel> compile(SourceMap& sources, const std::vector<FileId>& files,
                                    DiagnosticSink& sink) {
  const Ast ast = read_policy(sources, files, nullptr, sink);
  if (!ast.readable) return std::nullopt;
  return seal(check(ast, {}, sink), sink);
}

}  // namespace bh
