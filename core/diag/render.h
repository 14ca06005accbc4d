// Diagnostics as text with carets, and as JSON. Findings appear in the order in which they were
// reported.
#pragma once

#include <string>
#include <string_view>

#include "core/diag/diag.h"

namespace bh {

enum class Colour : uint8_t { Never, Always };

// One diagnostic for people:
//
//   error[BH2001]: unknown component 'Netwrk'
//     --> gateway.bh:40:11
//    40 | allow rx: Netwrk -> Parser.link.received
//       |           ^^^^^^ did you mean this one?
//     = help: write 'Network'
//     = help: bulkhead explain BH2001
//
// Places in other lines or files follow as further snippets, numbered when they are the steps of a
// witness.
std::string render_text(const Diagnostic& diagnostic, const SourceMap& sources,
                        Colour colour = Colour::Never);

// All of a sink, a blank line after each.
std::string render_text(const DiagnosticSink& sink, const SourceMap& sources,
                        Colour colour = Colour::Never);

// An array with one object a diagnostic: code, severity, message, place {file, line, column,
// end_line, end_column}, labels, notes, helps, fixes; findings about code (BH5nnn) also key, at
// {file, line, column} in the code, and path, the calls that lead there. Invalid UTF-8 is replaced,
// so the result always is JSON.
std::string render_json(const DiagnosticSink& sink, const SourceMap& sources);

// "error", "undecided", "warning"
std::string_view print(Severity severity);

// How many columns of a terminal the bytes take, a tab counting as one space: code points, wide
// East Asian and emoji as two, combining marks as none.
size_t display_width(std::string_view text);

}  // namespace bh
