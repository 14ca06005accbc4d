// Conditions of branches: what they come to, given what is known, and what a branch that was taken
// teaches. The notation is that of FlowBlock::condition.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bh {

// A number or a truth, and the assumptions it rests on.
struct Answer {
  std::optional<int64_t> number;
  std::optional<bool> truth;
  std::set<size_t> because;
  auto operator<=>(const Answer&) const = default;
};

// Operators and leaves. Not checked: a malformed condition comes to nothing and teaches nothing.
using Guard = std::vector<std::string>;
Guard words(const std::string& text);

// Leaves whose value a path may remember: locals, parameters, fields of known variables.
bool is_remembered(std::string_view leaf);
// "#7,#9..#12": whether the number is among them. A malformed one may hold anything.
bool label_holds(std::string_view label, int64_t number);
// The number of "#7" or "#7:NAME".
std::optional<int64_t> number_of(std::string_view leaf);

// What is known from earlier on the path.
struct Known {
  std::map<std::string, bool> truth;      // of leaves, and of comparisons with constants
  std::map<std::string, Answer> values;   // of leaves
  std::map<std::string, Guard> standing;  // locals that stand for an expression
  auto operator<=>(const Known&) const = default;
};

// The condition with the locals replaced that stand for something and are not known themselves,
// also where they point to an object.
Guard written_out(const Guard& condition, const Known& known);

// What each operator or leaf comes to. `value` answers for leaves of which nothing is known, and
// for "bits #4 LEAF" where the leaf's number is not known.
std::vector<Answer> evaluate(const Guard& condition, const Known& known,
                             const std::function<Answer(const std::string&)>& value);

// Notes in `known` what follows from `truth` of the condition, which came to these answers, about
// leaves that are `worth` it.
void teach(const Guard& condition, const std::vector<Answer>& answers, bool truth,
           const std::function<bool(const std::string&)>& worth, Known& known);

}  // namespace bh
