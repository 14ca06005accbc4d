// A whole model as canonical policy text.
#pragma once

#include <string>
#include <string_view>

#include "core/model/model.h"

namespace bh {

// Statements by kind, in declaration order; groups, interfaces and lists of methods are written out, sets are
// sorted, comments are gone. Reading the text back gives a model that prints the same, unless a condition
// means different sets for methods whose parameters have different types (a comment then says so).
std::string print(const Model& model);

// The statements of this name alone, with what audits them: what a statement stands for once groups, `any` and
// interfaces are written out. "" when there is none.
std::string print_statements(const Model& model, std::string_view name);

// One test, which need not be the model's own, as a statement of its own.
std::string print(const Model& model, const Test& test);

// What is said of one component's program, as one statement.
std::string print(const Model& model, const CodeMap& code);

// The text as a string of the language, with its quotes.
std::string print_string(std::string_view text);

}  // namespace bh
