// Policy text in its canonical layout; docs/language.md, "Formatting", describes it.
#pragma once

#include <optional>
#include <string>

#include "core/diag/diag.h"
#include "core/source/source.h"

namespace bh {

// The same tokens and comments in the same order, laid out anew; formatting the result changes
// nothing. Nothing when the text does not parse: the sink then says why. Time is linear in the
// text.
std::optional<std::string> format(const SourceFile& file, FileId id, DiagnosticSink& sink);

}  // namespace bh
