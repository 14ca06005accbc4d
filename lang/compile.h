// Text to meaning in one step.
#pragma once

#include <optional>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "core/source/source.h"

namespace bh {

// The policy that these files are together, in the standard setting of its variants. Only modules
// of the standard library can be imported; they are added to the sources. Nothing when something is
// wrong, which is then in the sink.
std::optional<CheckedModel> compile(SourceMap& sources, const std::vector<FileId>& files,
                                    DiagnosticSink& sink);

}  // namespace bh
