// Clang's action that collects the facts of a translation unit.
#pragma once

#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>

#include <functional>
#include <memory>

#include "analyzer/extract.h"

namespace bh {

// Called when the front end is ready to parse; may be empty.
using Prepare = std::function<void(clang::CompilerInstance&)>;

// Reads `job` while it runs and fills in `facts`; all four outlive the action.
std::unique_ptr<clang::FrontendAction> make_extraction(const ExtractJob& job, ExtractMode mode,
                                                       Facts& facts, const Prepare& prepare);

}  // namespace bh
