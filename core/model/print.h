// A whole model as canonical policy text.
#pragma once

#include <string>

#include "core/model/model.h"

namespace bh {

// Statements by kind, in declaration order; groups, interfaces and lists of methods are written out, sets are
// sorted, comments are gone. Reading the text back gives a model that prints the same, unless a condition
// means different sets for methods whose parameters have different types (a comment then says so).
std::string print(const Model& model);

}  // namespace bh
