// A policy's files and everything that they import, as one Ast.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/source/source.h"
#include "lang/ast.h"

namespace bh {

// The text of a module's file; nothing when there is none that can be read.
using ReadModule = std::function<std::optional<std::string>(const std::string& path)>;

// Parses the files and, once each, the modules that they import: `std.x` is the standard library's,
// any other `a.b` is the file a/b.bh beside the importing one, asked for with `read`. Modules are
// added to the sources. Whoever speaks of the endpoint `life` has imported std.life.
Ast read_policy(SourceMap& sources, const std::vector<FileId>& files, const ReadModule& read,
                DiagnosticSink& sink);

}  // namespace bh
