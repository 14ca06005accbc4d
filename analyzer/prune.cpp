#include "analyzer/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analyzer/program.h"

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

// "local:name" in main -> "main::name".
static std::string subject_of(const std::string& owner, std::string_view token) {
  if (!token.starts_with("local:")) return assumable(token);
  return plain_name(owner) + "::" + std::string(token.substr(6));
}

Pruner::Pruner(const std::vector<FlowFact>& flows, const std::vector<Assumption>& assumptions,
               const FieldWrites* writes)
    : writes_(writes), cuts_(assumptions.size(), 0) {
  for (const FlowFact& flow : flows) flows_.emplace(flow.id, &flow);
  for (size_t i = 0; i < assumptions.size(); ++i)
    assumed_.emplace(assumptions[i].subject, std::pair(i, assumptions[i].value));
}

const FlowFact* Pruner::flow_of(const std::string& block, uint32_t& number) const {
  size_t colon = block.find(':');
  auto flow = flows_.find(block.substr(0, std::min(colon, block.size())));
  if (colon == std::string::npos || flow == flows_.end()) return nullptr;
  const char* end = block.data() + block.size();
  auto [at, error] = std::from_chars(block.data() + colon + 1, end, number);
  return error == std::errc() && at == end ? flow->second : nullptr;
}

// Of a foreign extractor's block nothing is known: it is live.
bool Pruner::live(const std::string& owner, const std::string& block) {
  if (block.empty()) return true;
  uint32_t number = 0;
  const FlowFact* flow = flow_of(block, number);
  if (!flow) return true;
  return reach(owner, *flow).reached.contains(number);
}

std::optional<LiveFlow> Pruner::flow(const std::string& owner, const std::string& block) {
  uint32_t number = 0;
  const FlowFact* flow = block.empty() ? nullptr : flow_of(block, number);
  if (!flow) return std::nullopt;
  const Walked& walked = reach(owner, *flow);
  LiveFlow left{flow->entry, {}};
  for (const FlowBlock& known : flow->blocks)
    if (walked.reached.contains(known.id)) left.blocks[known.id].is_exit = known.next.empty();
  for (const auto& [from, to] : walked.edges) left.blocks[from].next.insert(to);
  return left;
}

Pruner::Graph Pruner::graph_of(const std::string& owner, const FlowFact& flow) {
  Graph graph{owner, flow, {}, {}};
  for (const FlowBlock& block : flow.blocks) {
    graph.blocks[block.id] = &block;
    for (const std::string& word : words(block.condition))
      if (is_remembered(word)) ++graph.tests[word];
  }
  return graph;
}

const Pruner::Walked& Pruner::reach(const std::string& owner, const FlowFact& flow) {
  auto [known, added] = reached_.try_emplace(flow.id + owner);
  if (!added) return known->second;
  const Graph graph = graph_of(owner, flow);
  const Visit start{flow.entry, {}};
  std::optional<Walked> found = walk(graph, start, MaxVisits);
  if (!found) found = walk(graph, start, 0);
  for (size_t i = 0; i < cuts_.size(); ++i) cuts_[i] += found->cuts[i];
  return known->second = std::move(*found);
}

std::set<uint32_t> Pruner::after(const std::string& owner, const FlowFact& flow, uint32_t start,
                                 const std::map<std::string, int64_t>& numbers) {
  const Graph graph = graph_of(owner, flow);
  auto found = graph.blocks.find(start);
  if (found == graph.blocks.end()) return {};
  Walked first{{start}, {}, {}, std::vector<size_t>(cuts_.size(), 0)};
  std::vector<Visit> open;
  leave(graph, *found->second, {{}, numbers}, true, first, open);
  auto begin = graph.blocks.find(flow.entry);  // leads to handlers of exceptions as well
  for (size_t i = 1; begin != graph.blocks.end() && i < begin->second->next.size(); ++i)
    open.push_back({begin->second->next[i], {}});
  std::set<uint32_t> reached = first.reached;
  std::vector<size_t> cuts = first.cuts;
  for (Visit& next : open) {
    std::erase_if(next.known.numbers,
                  [](const auto& entry) { return entry.first.starts_with("call:"); });
    std::optional<Walked> walked = walk(graph, next, MaxVisits);
    if (!walked) walked = walk(graph, next, 0);
    reached.insert(walked->reached.begin(), walked->reached.end());
    for (size_t i = 0; i < cuts.size(); ++i) cuts[i] = std::max(cuts[i], walked->cuts[i]);
  }
  for (size_t i = 0; i < cuts.size(); ++i) cuts_[i] += cuts[i];
  return reached;
}

void Pruner::forget(const Graph& graph, const FlowBlock& block, Known& known) const {
  auto changed = [&](const std::string& key) {
    for (const std::string& killed : block.kills)
      if (speaks_of(key, killed)) return true;
    size_t field = key.find("field:");
    if (field == std::string::npos) return false;
    std::string name = key.substr(field + 6, key.find('/', field) - field - 6);
    return !writes_ ||
           writes_->may_write(graph.owner, fmt::format("{}:{}", graph.flow.id, block.id), name);
  };
  std::erase_if(known.truth, [&](const auto& entry) { return changed(entry.first); });
  std::erase_if(known.numbers, [&](const auto& entry) { return changed(entry.first); });
}

std::optional<Pruner::Walked> Pruner::walk(const Graph& graph, const Visit& start,
                                           size_t limit) const {
  std::set<Visit> seen;
  std::vector<Visit> open = {start};
  Walked walked{{}, {}, {}, std::vector<size_t>(cuts_.size(), 0)};
  while (!open.empty()) {
    Visit visit = std::move(open.back());
    open.pop_back();
    if (!seen.insert(visit).second) continue;
    if (limit > 0 && seen.size() > limit) return std::nullopt;
    walked.reached.insert(visit.block);
    auto found = graph.blocks.find(visit.block);
    if (found == graph.blocks.end()) continue;
    forget(graph, *found->second, visit.known);
    leave(graph, *found->second, visit.known, limit > 0, walked, open);
  }
  return walked;
}

// Goes on to the blocks that may follow.
void Pruner::leave(const Graph& graph, const FlowBlock& block, const Known& known, bool remembers,
                   Walked& walked, std::vector<Visit>& open) const {
  Answer answer = evaluate(graph, block.condition, known);
  bool branch = !block.condition.empty() && block.labels.empty();
  auto taught = remembers && branch ? lesson(block.condition) : std::nullopt;
  for (size_t side = 0; side < block.next.size(); ++side) {
    if (block.next[side] == FlowBlock::Nowhere) continue;
    if (excludes(block, answer, side)) {
      if (walked.cut.insert({block.id, side}).second)
        for (size_t i : answer.because) ++walked.cuts[i];
      continue;
    }
    walked.edges.insert({block.id, block.next[side]});
    Visit next{block.next[side], remembers ? known : Known{}};
    if (taught && graph.tests.at(taught->subject) > 1)
      next.known.truth[taught->key] = taught->holds == (side == 0);
    open.push_back(std::move(next));
  }
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

Pruner::Answer Pruner::leaf(const Graph& graph, const std::string& token,
                            const Known& known) const {
  Answer answer;
  if (token.starts_with("#")) {
    answer.number = number_of(std::string_view(token).substr(1));
  } else if (auto assumed = assumed_.find(subject_of(graph.owner, token));
             assumed != assumed_.end()) {
    answer.number = assumed->second.second;
    answer.because = {assumed->second.first};
  } else if (auto bound = known.numbers.find(token.substr(0, token.find('/')));
             bound != known.numbers.end()) {
    answer.number = bound->second;
  } else if (auto learnt = known.truth.find(token); learnt != known.truth.end()) {
    answer.truth = learnt->second;
  }
  if (answer.number) answer.truth = *answer.number != 0;
  return answer;
}

// Prefix notation is read from its end, so a stack is enough. A malformed condition decides
// nothing.
Pruner::Answer Pruner::evaluate(const Graph& graph, const std::string& condition,
                                const Known& known) const {
  if (condition.empty()) return {};
  if (auto taught = lesson(condition))
    if (auto learnt = known.truth.find(taught->key); learnt != known.truth.end())
      return {std::nullopt, learnt->second == taught->holds, {}};
  std::vector<std::string> w = words(condition);
  std::vector<Answer> stack;
  for (size_t i = w.size(); i-- > 0;) {
    bool both = w[i] == "&" || w[i] == "|" || is_comparison(w[i]);
    if (!both && w[i] != "!") {
      stack.push_back(leaf(graph, w[i], known));
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
