// Which variables and fields a component's reached code touches, and how.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "analyzer/checks/view.h"

namespace bh {

struct Access {
  std::optional<Step> read;
  std::optional<Step> written;  // for sure, or by whoever was given its address
};

// By slot, "global:NAME" or "field:Record.f": the first places, in the order of the code. What
// initialisers do is not an access, for it was done before anything runs.
std::map<std::string, Access> accesses(const ComponentView& view);

// The slots of the program that a person means by `x`, `x[]` or `Record.field`.
bool is_meant(const std::string& slot, const std::string& name);

}  // namespace bh
