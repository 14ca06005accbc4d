// Calls that turn requests on, as `permits` says which those are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzer/checks/view.h"

namespace bh {

struct Permit {
  Step step;
  std::string callee;  // plain name
};

// By the function that calls, and by what is permitted.
using Permits = std::map<FunctionId, std::map<OperationId, std::vector<Permit>>>;

// Lists them in the view's result, too, and reports calls whose arguments do not tell.
Permits find_permits(const ComponentView& view);

}  // namespace bh
