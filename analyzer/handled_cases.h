// Requests that are carried out under the cases of a switch: `serves PATH <- f(case K)`.
#pragma once

#include <string>
#include <vector>

#include "analyzer/program.h"
#include "analyzer/reach.h"
#include "core/model/model.h"

namespace bh {

// The cases with this constant (an integer, an enumerator or a macro's name) in the function that
// the component reaches.
std::vector<const CaseFact*> cases_served(const Program& program, const Reach& reach,
                                          const CodeServe& serve);

// Those in the same switches that no `serves` of the component names.
std::vector<const CaseFact*> cases_not_served(const Program& program, const Reach& reach,
                                              const CodeMap& code);

}  // namespace bh
