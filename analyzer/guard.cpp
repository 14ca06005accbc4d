#include "analyzer/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bh {
namespace {

// A condition that is longer when its locals are written out is left as it is.
constexpr size_t MaxWords = 256;

std::optional<bool> compare(const std::string& op, int64_t a, int64_t b) {
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  if (op == ">=") return a >= b;
  return std::nullopt;
}

bool is_comparison(const std::string& op) { return compare(op, 0, 0).has_value(); }

size_t operands_of(const std::string& word) {
  if (word == "!") return 1;
  return word == "&" || word == "|" || word == "bits" || is_comparison(word) ? 2 : 0;
}

// Where each operator's operands start; nothing when the condition is malformed.
struct Shape {
  std::vector<size_t> first, second;
};

std::optional<Shape> shape_of(const Guard& condition) {
  Shape shape{std::vector<size_t>(condition.size()), std::vector<size_t>(condition.size())};
  std::vector<size_t> stack;
  for (size_t i = condition.size(); i-- > 0;) {
    const size_t operands = operands_of(condition[i]);
    if (stack.size() < operands) return std::nullopt;
    for (size_t k = 0; k < operands; ++k) {
      (k == 0 ? shape.first : shape.second)[i] = stack.back();
      stack.pop_back();
    }
    stack.push_back(i);
  }
  return stack.size() == 1 ? std::optional(shape) : std::nullopt;
}

// A comparison with a constant: `!= x #3` is that `== x #3` does not hold.
struct Comparison {
  std::string key;
  bool holds;
};

std::optional<Comparison> comparison_at(const Guard& condition, size_t at) {
  if (at + 2 >= condition.size() || !is_comparison(condition[at]) ||
      !is_remembered(condition[at + 1]) || !condition[at + 2].starts_with('#'))
    return std::nullopt;
  const std::string& op = condition[at];
  const bool negated = op == "!=" || op == ">=" || op == "<=";
  const char* plain = op == "!=" ? "==" : op == ">=" ? "<" : op == "<=" ? ">" : op.c_str();
  return Comparison{fmt::format("{} {} {}", plain, condition[at + 1], condition[at + 2]), !negated};
}

Answer leaf(const std::string& word, const Known& known,
            const std::function<Answer(const std::string&)>& value) {
  if (word.starts_with('#')) {
    Answer answer{number_of(word), std::nullopt, {}};
    if (answer.number) answer.truth = *answer.number != 0;
    return answer;
  }
  Answer answer = value(word);
  if (answer.truth) return answer;
  if (auto found = known.values.find(word); found != known.values.end()) return found->second;
  if (auto found = known.truth.find(word); found != known.truth.end()) answer.truth = found->second;
  return answer;
}

Answer combine(const std::string& op, const Answer& a, const Answer& b) {
  const bool logical = op == "&" || op == "|";
  const bool decisive = op == "|";  // the truth of one operand that decides
  if (logical && a.truth == decisive) return {std::nullopt, decisive, a.because};
  if (logical && b.truth == decisive) return {std::nullopt, decisive, b.because};
  Answer result{std::nullopt, std::nullopt, a.because};
  result.because.insert(b.because.begin(), b.because.end());
  if (logical && a.truth && b.truth) result.truth = !decisive;
  if (logical) return result;
  if (op == "bits") {
    if (a.number && b.number) result.number = *a.number & *b.number;
    if (result.number) result.truth = *result.number != 0;
    return result;
  }
  if (a.number && b.number) result.truth = compare(op, *a.number, *b.number);
  const bool with_zero = b.number == 0 && a.truth && (op == "==" || op == "!=");
  if (!result.truth && with_zero) result.truth = *a.truth == (op == "!=");
  return result;
}

}  // namespace

Guard words(const std::string& text) {
  Guard found;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = std::min(text.find(' ', at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

bool is_remembered(std::string_view leaf) {
  return leaf.starts_with("local:") || leaf.starts_with("param:") ||
         (leaf.starts_with("field:") && leaf.find('/') != std::string_view::npos);
}

std::optional<int64_t> number_of(std::string_view leaf) {
  if (!leaf.starts_with('#')) return std::nullopt;
  int64_t number = 0;
  const char* end = leaf.data() + leaf.size();
  auto [at, error] = std::from_chars(leaf.data() + 1, end, number);
  const bool whole = at == end || *at == ':';
  return error == std::errc() && whole ? std::optional(number) : std::nullopt;
}

bool label_holds(std::string_view label, int64_t number) {
  while (!label.empty()) {
    size_t comma = std::min(label.find(','), label.size());
    std::string_view range = label.substr(0, comma);
    label.remove_prefix(std::min(comma + 1, label.size()));
    size_t dots = range.find("..");
    std::optional<int64_t> from = number_of(range.substr(0, dots));
    std::optional<int64_t> to =
        dots == std::string_view::npos ? from : number_of(range.substr(dots + 2));
    if (!from || !to || (*from <= number && number <= *to)) return true;
  }
  return false;
}

Guard written_out(const Guard& condition, const Known& known) {
  if (known.standing.empty()) return condition;
  Guard out;
  for (const std::string& word : condition) {
    auto found = known.standing.find(word);
    const bool replace = found != known.standing.end() && !known.values.contains(word) &&
                         !known.truth.contains(word);
    const size_t slash = std::min(word.find('/'), word.size());
    auto base = known.standing.find(word.substr(std::min(slash + 1, word.size())));
    if (replace)
      out.insert(out.end(), found->second.begin(), found->second.end());
    else if (base != known.standing.end() && base->second.size() == 1)
      out.push_back(word.substr(0, slash + 1) + base->second.front());
    else
      out.push_back(word);
    if (out.size() > MaxWords) return condition;
  }
  return out;
}

std::vector<Answer> evaluate(const Guard& condition, const Known& known,
                             const std::function<Answer(const std::string&)>& value) {
  std::vector<Answer> answers(condition.size());
  std::optional<Shape> shape = shape_of(condition);
  if (!shape) return answers;
  for (size_t i = condition.size(); i-- > 0;) {
    const size_t operands = operands_of(condition[i]);
    const Answer& first = answers[shape->first[i]];
    if (operands == 0) {
      answers[i] = leaf(condition[i], known, value);
    } else if (operands == 1) {
      Answer negated{std::nullopt, std::nullopt, first.because};
      if (first.truth) negated.truth = !*first.truth;
      answers[i] = std::move(negated);
    } else {
      const size_t second = shape->second[i];
      answers[i] = combine(condition[i], first, answers[second]);
      const bool flags = condition[i] == "bits" && operands_of(condition[second]) == 0;
      if (flags && !answers[i].truth)
        answers[i] =
            value(fmt::format("bits {} {}", condition[shape->first[i]], condition[second]));
    }
    if (auto compared = comparison_at(condition, i); compared && !answers[i].truth)
      if (auto learnt = known.truth.find(compared->key); learnt != known.truth.end())
        answers[i].truth = learnt->second == compared->holds;
    if (operands > 0 && answers[i].truth && condition[i] != "bits")
      answers[i].number = *answers[i].truth ? 1 : 0;
  }
  return answers;
}

void teach(const Guard& condition, const std::vector<Answer>& answers, bool truth,
           const std::function<bool(const std::string&)>& worth, Known& known) {
  std::optional<Shape> shape = shape_of(condition);
  if (!shape || condition.empty()) return;
  std::vector<std::pair<size_t, bool>> open = {{0, truth}};
  while (!open.empty()) {
    const auto [at, holds] = open.back();
    open.pop_back();
    const std::string& word = condition[at];
    const size_t first = shape->first[at], second = shape->second[at];
    if (word == "!") {
      open.push_back({first, !holds});
    } else if (word == "&" || word == "|") {
      const bool decisive = word == "|";
      if (holds != decisive || answers[second].truth == !decisive) open.push_back({first, holds});
      if (holds != decisive || answers[first].truth == !decisive) open.push_back({second, holds});
    } else if ((word == "==" || word == "!=") && condition[second] == "#0") {
      open.push_back({first, holds == (word == "!=")});
    } else if (auto compared = comparison_at(condition, at)) {
      if (!worth(condition[first])) continue;
      const bool equal = compared->key.starts_with("== ") && holds == compared->holds;
      std::optional<int64_t> number = number_of(condition[second]);
      if (equal && number)
        known.values[condition[first]] = {number, *number != 0, {}};
      else
        known.truth[compared->key] = holds == compared->holds;
    } else if (operands_of(word) == 0 && is_remembered(word) && worth(word)) {
      known.truth[word] = holds;
    }
  }
}

}  // namespace bh
