// Policy files to a CheckedModel in one step.
#pragma once

#include <optional>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "core/source/source.h"

namespace bh {

// The files together are one policy; their order does not matter. Nothing when the sink holds
// errors afterwards; the sink then says why.
std::optional<CheckedModel> compile(const SourceMap& sources, const std::vector<FileId>& files,
                                    DiagnosticSink& sink);

}  // namespace bh
