#include "analyzer/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bh {
namespace {

// A path-sensitive walk that meets more states than this gives way to one that forgets the path.
constexpr size_t MaxVisits = 4096;

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = std::min(text.find(' ', at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

// Tokens whose truth a path may remember.
bool is_remembered(std::string_view token) {
  return token.starts_with("local:") || token.starts_with("param:") ||
         (token.starts_with("field:") && token.find('/') != std::string_view::npos);
}

// Whether what is remembered under this key speaks of the slot.
bool speaks_of(const std::string& key, std::string_view slot) {
  for (const std::string& word : words(key)) {
    std::string_view token = word;
    size_t slash = token.find('/');
    if (token.substr(0, slash) == slot) return true;
    if (slash != std::string_view::npos && token.substr(slash + 1) == slot) return true;
  }
  return false;
}

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

std::optional<int64_t> number_of(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

// "#7,#9..#12": whether the number is among them. A malformed one may hold anything.
bool label_holds(std::string_view label, int64_t number) {
  while (!label.empty()) {
    size_t comma = std::min(label.find(','), label.size());
    std::string_view range = label.substr(0, comma);
    label.remove_prefix(std::min(comma + 1, label.size()));
    size_t dots = range.find("..");
    std::string_view low = range.substr(0, dots);
    std::string_view high = dots == std::string_view::npos ? low : range.substr(dots + 2);
    bool whole = low.starts_with('#') && high.starts_with('#');
    std::optional<int64_t> from = whole ? number_of(low.substr(1)) : std::nullopt;
    std::optional<int64_t> to = whole ? number_of(high.substr(1)) : std::nullopt;
    if (!from || !to || (*from <= number && number <= *to)) return true;
  }
  return false;
}

struct Lesson {
  std::string key;  // under which it is remembered
  bool holds;       // the key's truth where the condition is true
  std::string subject;
};

// What a branch teaches about a local or a field. `! x`, `== x #0` and `!= x #0` speak of the truth
// of x; other comparisons with constants of themselves.
std::optional<Lesson> lesson(const std::string& condition) {
  std::vector<std::string> w = words(condition);
  bool holds = true;
  size_t at = 0;
  while (at < w.size() && w[at] == "!") {
    holds = !holds;
    ++at;
  }
  if (at + 1 == w.size() && is_remembered(w[at])) return Lesson{w[at], holds, w[at]};
  if (at + 3 != w.size() || !is_comparison(w[at]) || !is_remembered(w[at + 1]) ||
      w[at + 2][0] != '#')
    return std::nullopt;
  if (w[at + 2] == "#0" && w[at] == "==") return Lesson{w[at + 1], !holds, w[at + 1]};
  if (w[at + 2] == "#0" && w[at] == "!=") return Lesson{w[at + 1], holds, w[at + 1]};
  return Lesson{fmt::format("{} {} {}", w[at], w[at + 1], w[at + 2]), holds, w[at + 1]};
}

}  // namespace

std::string assumable(std::string_view leaf) {
  auto name = [](std::string_view text) { return std::string(text.substr(0, text.find('@'))); };
  if (leaf.starts_with("global:")) return name(leaf.substr(7));
  if (leaf.starts_with("field:")) return std::string(leaf.substr(6, leaf.find('/') - 6));
  if (leaf.starts_with("call:")) return name(leaf.substr(5)) + "()";
  return "";
}

Pruner::Pruner(const std::vector<FlowFact>& flows, const std::vector<Assumption>& assumptions,
               const FieldWrites* writes)
    : writes_(writes), cuts_(assumptions.size(), 0) {
  for (const FlowFact& flow : flows) flows_.emplace(flow.id, &flow);
  for (size_t i = 0; i < assumptions.size(); ++i)
    assumed_.emplace(assumptions[i].subject, std::pair(i, assumptions[i].value));
}

bool Pruner::live(const std::string& owner, const std::string& block) {
  size_t colon = block.find(':');
  if (colon == std::string::npos) return true;
  std::string id = block.substr(0, colon);
  auto flow = flows_.find(id);
  uint32_t number = 0;
  const char* end = block.data() + block.size();
  auto [at, error] = std::from_chars(block.data() + colon + 1, end, number);
  bool valid = error == std::errc() && at == end;
  if (flow == flows_.end() || !valid)
    return true;  // a foreign extractor's block: nothing is known of it
  auto [reached, added] = reached_.try_emplace(id + owner);
  if (added) reached->second = reach(owner, *flow->second);
  return reached->second.contains(number);
}

std::set<uint32_t> Pruner::reach(const std::string& owner, const FlowFact& flow) {
  Graph graph{owner, flow, {}, {}};
  for (const FlowBlock& block : flow.blocks) {
    graph.blocks[block.id] = &block;
    for (const std::string& word : words(block.condition))
      if (is_remembered(word)) ++graph.tests[word];
  }
  std::optional<std::set<uint32_t>> found = walk(graph, MaxVisits);
  if (!found) found = walk(graph, 0);
  return std::move(*found);
}

void Pruner::forget(const Graph& graph, const FlowBlock& block, Known& known) const {
  for (const std::string& killed : block.kills)
    std::erase_if(known, [&](const auto& entry) { return speaks_of(entry.first, killed); });
  std::erase_if(known, [&](const auto& entry) {
    size_t field = entry.first.find("field:");
    if (field == std::string::npos) return false;
    std::string name = entry.first.substr(field + 6, entry.first.find('/', field) - field - 6);
    return !writes_ ||
           writes_->may_write(graph.owner, fmt::format("{}:{}", graph.flow.id, block.id), name);
  });
}

std::optional<std::set<uint32_t>> Pruner::walk(const Graph& graph, size_t limit) {
  std::set<Visit> seen;
  std::vector<Visit> open = {{graph.flow.entry, {}}};
  std::set<uint32_t> reached;
  std::set<std::pair<uint32_t, size_t>> cut;
  std::vector<size_t> cuts(cuts_.size(), 0);
  while (!open.empty()) {
    Visit visit = std::move(open.back());
    open.pop_back();
    if (!seen.insert(visit).second) continue;
    if (limit > 0 && seen.size() > limit) return std::nullopt;
    reached.insert(visit.block);
    auto found = graph.blocks.find(visit.block);
    if (found == graph.blocks.end()) continue;
    const FlowBlock& block = *found->second;
    forget(graph, block, visit.known);
    Answer answer = evaluate(block.condition, visit.known);
    bool branch = !block.condition.empty() && block.labels.empty();
    auto taught = limit > 0 && branch ? lesson(block.condition) : std::nullopt;
    for (size_t side = 0; side < block.next.size(); ++side) {
      if (block.next[side] == FlowBlock::Nowhere) continue;
      if (excludes(block, answer, side)) {
        if (cut.insert({block.id, side}).second)
          for (size_t i : answer.because) ++cuts[i];
        continue;
      }
      Visit next{block.next[side], visit.known};
      if (taught && graph.tests.at(taught->subject) > 1)
        next.known[taught->key] = taught->holds == (side == 0);
      open.push_back(std::move(next));
    }
  }
  for (size_t i = 0; i < cuts.size(); ++i) cuts_[i] += cuts[i];
  return reached;
}

// Whether the block is not left by this side, given what is known of its condition.
bool Pruner::excludes(const FlowBlock& block, const Answer& answer, size_t side) {
  if (block.condition.empty()) return false;
  if (block.labels.empty()) return answer.truth && *answer.truth != (side == 0);
  if (!answer.number) return false;
  if (block.labels[side] != "default") return !label_holds(block.labels[side], *answer.number);
  return std::any_of(block.labels.begin(), block.labels.end(), [&](const std::string& label) {
    return label != "default" && label_holds(label, *answer.number);
  });
}

Pruner::Answer Pruner::leaf(const std::string& token, const Known& known) const {
  Answer answer;
  if (token.starts_with("#")) {
    answer.number = number_of(std::string_view(token).substr(1));
  } else if (auto assumed = assumed_.find(assumable(token)); assumed != assumed_.end()) {
    answer.number = assumed->second.second;
    answer.because = {assumed->second.first};
  } else if (auto learnt = known.find(token); learnt != known.end()) {
    answer.truth = learnt->second;
  }
  if (answer.number) answer.truth = *answer.number != 0;
  return answer;
}

// Prefix notation is read from its end, so a stack is enough. A malformed condition decides
// nothing.
Pruner::Answer Pruner::evaluate(const std::string& condition, const Known& known) const {
  if (condition.empty()) return {};
  if (auto taught = lesson(condition))
    if (auto learnt = known.find(taught->key); learnt != known.end())
      return {std::nullopt, learnt->second == taught->holds, {}};
  std::vector<std::string> w = words(condition);
  std::vector<Answer> stack;
  for (size_t i = w.size(); i-- > 0;) {
    bool both = w[i] == "&" || w[i] == "|" || is_comparison(w[i]);
    if (!both && w[i] != "!") {
      stack.push_back(leaf(w[i], known));
      continue;
    }
    if (stack.size() < (both ? 2u : 1u)) return {};
    Answer a = std::move(stack.back());
    stack.pop_back();
    Answer result;
    if (!both) {
      if (a.truth) result.truth = !*a.truth;
      result.because = a.because;
      stack.push_back(std::move(result));
      continue;
    }
    Answer b = std::move(stack.back());
    stack.pop_back();
    bool logical = w[i] == "&" || w[i] == "|";
    bool decisive = w[i] == "|";  // the truth of one operand that decides
    if (logical && a.truth == decisive) {
      result = {std::nullopt, decisive, a.because};
    } else if (logical && b.truth == decisive) {
      result = {std::nullopt, decisive, b.because};
    } else {
      if (logical && a.truth && b.truth) result.truth = !decisive;
      if (!logical && a.number && b.number) result.truth = compare(w[i], *a.number, *b.number);
      result.because = a.because;
      result.because.insert(b.because.begin(), b.because.end());
    }
    if (result.truth) result.number = *result.truth ? 1 : 0;
    stack.push_back(std::move(result));
  }
  return stack.size() == 1 ? stack.front() : Answer{};
}

}  // namespace bh
