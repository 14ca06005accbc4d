// Text to Ast. docs/language.md has the grammar.
#pragma once

#include <string_view>

#include "core/diag/diag.h"
#include "core/source/source.h"
#include "lang/ast.h"

namespace bh {

// The longest file that is read at all.
inline constexpr size_t MaxFileSize = size_t{64} << 20;

// Always returns; statements with mistakes come back marked as broken and are reported (1xxx). Time
// and memory are linear in the text, whatever it holds. The result points into `file`.
Ast parse(const SourceFile& file, FileId id, DiagnosticSink& sink);

// A request as a test's step says it, "Parser -> KeyStore.keys.sign(slot: 1)"; without parentheses
// no argument is given. The result holds one test with this one step, or no test when the text is
// wrong, which is then reported. It points into `file`.
Ast parse_request(const SourceFile& file, FileId id, DiagnosticSink& sink);

// Whether a statement may begin with the word.
bool begins_statement(std::string_view word);

}  // namespace bh
