// What a verdict rests on.
#pragma once

#include "solver/queries/properties.h"

namespace bh {

// Of a violated property, and of a proved `require`, the rules of its witness. Of any other proved
// property a set of denies, protocols and releases that is enough for the proof and from which none
// can be left out: without it somebody would be granted what the property speaks of. Where no allow
// speaks of that at all, nothing: the default refuses it.
Grounds grounds_of(PropertyContext& context, const PropertyVerdict& verdict);

}  // namespace bh
