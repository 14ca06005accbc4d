#include "analyzer/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analyzer/program.h"

namespace bh {
namespace {

// A path-sensitive walk that meets more states than this gives way to one that forgets the path.
constexpr size_t MaxVisits = 4096;

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
    assumed_.emplace(assumptions[i].subject, std::pair(i, assumptions[i]));
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
  const auto count = [&](const std::string& text) {
    for (const std::string& word : words(text))
      if (is_remembered(word)) ++graph.tests[word.substr(0, word.find('/'))];
  };
  for (const FlowBlock& block : flow.blocks) {
    graph.blocks[block.id] = &block;
    count(block.condition);
    for (const KeptValue& kept : block.kept) count(kept.value);
  }
  return graph;
}

const Pruner::Walked& Pruner::reach(const std::string& owner, const FlowFact& flow) {
  auto [known, added] = reached_.try_emplace(flow.id + owner);
  if (!added) return known->second;
  const Graph graph = graph_of(owner, flow);
  Walked found = walk(graph, {flow.entry, {}});
  for (size_t i = 0; i < cuts_.size(); ++i) cuts_[i] += found.cuts[i];
  return known->second = std::move(found);
}

std::set<uint32_t> Pruner::after(const std::string& owner, const FlowFact& flow, uint32_t start,
                                 const std::map<std::string, int64_t>& numbers) {
  const Graph graph = graph_of(owner, flow);
  auto found = graph.blocks.find(start);
  if (found == graph.blocks.end()) return {};
  Walked first{{start}, {}, {}, std::vector<size_t>(cuts_.size(), 0)};
  std::vector<Visit> open;
  Known known;
  for (const auto& [slot, number] : numbers) known.values[slot] = {number, number != 0, {}};
  for (const auto& [slot, number] : numbers)
    if (slot.starts_with("call:")) keep(graph, *found->second, slot, known);
  leave(graph, *found->second, known, Memory::Values, first, open);
  auto begin = graph.blocks.find(flow.entry);  // leads to handlers of exceptions as well
  for (size_t i = 1; begin != graph.blocks.end() && i < begin->second->next.size(); ++i)
    open.push_back({begin->second->next[i], {}});
  std::set<uint32_t> reached = first.reached;
  std::vector<size_t> cuts = first.cuts;
  for (Visit& next : open) {
    std::erase_if(next.known.values,
                  [](const auto& entry) { return entry.first.starts_with("call:"); });
    Walked walked = walk(graph, next);
    reached.insert(walked.reached.begin(), walked.reached.end());
    for (size_t i = 0; i < cuts.size(); ++i) cuts[i] = std::max(cuts[i], walked.cuts[i]);
  }
  for (size_t i = 0; i < cuts.size(); ++i) cuts_[i] += cuts[i];
  return reached;
}

bool Pruner::may_change(const Graph& graph, const FlowBlock& block, const std::string& leaf) const {
  size_t field = leaf.find("field:");
  if (field == std::string::npos) return false;
  std::string name = leaf.substr(field + 6, leaf.find('/', field) - field - 6);
  return !writes_ ||
         writes_->may_write(graph.owner, fmt::format("{}:{}", graph.flow.id, block.id), name);
}

void Pruner::forget(const Graph& graph, const FlowBlock& block, Known& known) const {
  const auto changed = [&](const auto& entry) {
    const auto spoken_of = [&](const std::string& slot) { return speaks_of(entry.first, slot); };
    return std::any_of(block.kills.begin(), block.kills.end(), spoken_of) ||
           may_change(graph, block, entry.first);
  };
  std::erase_if(known.truth, changed);
  std::erase_if(known.values, changed);
  std::erase_if(known.standing, [&](const auto& entry) {
    return changed(entry) || std::any_of(entry.second.begin(), entry.second.end(), [&](auto& word) {
             return changed(std::pair(word, true));
           });
  });
}

void Pruner::keep(const Graph& graph, const FlowBlock& block, const std::string& only,
                  Known& known) const {
  for (const KeptValue& kept : block.kept) {
    const Guard value = words(kept.value);
    if (!only.empty() && std::find(value.begin(), value.end(), only) == value.end()) continue;
    const Guard written = written_out(value, known);
    const std::vector<Answer> answers = answers_to(graph, written, known);
    known.truth.erase(kept.slot);
    known.values.erase(kept.slot);
    known.standing.erase(kept.slot);
    const auto changes = [&](const std::string& word) { return may_change(graph, block, word); };
    if (!answers.empty() && answers.front().truth)
      known.values[kept.slot] = answers.front();
    else if (std::any_of(written.begin(), written.end(), is_remembered) &&
             std::none_of(written.begin(), written.end(), changes))
      known.standing[kept.slot] = written;
  }
}

Pruner::Walked Pruner::walk(const Graph& graph, const Visit& start) const {
  for (Memory memory : {Memory::Values, Memory::Branches})
    if (std::optional<Walked> walked = walk(graph, start, memory)) return *std::move(walked);
  return *walk(graph, start, Memory::Nothing);
}

std::optional<Pruner::Walked> Pruner::walk(const Graph& graph, const Visit& start,
                                           Memory memory) const {
  std::set<Visit> seen;
  std::vector<Visit> open = {start};
  Walked walked{{}, {}, {}, std::vector<size_t>(cuts_.size(), 0)};
  while (!open.empty()) {
    Visit visit = std::move(open.back());
    open.pop_back();
    if (!seen.insert(visit).second) continue;
    if (memory != Memory::Nothing && seen.size() > MaxVisits) return std::nullopt;
    walked.reached.insert(visit.block);
    auto found = graph.blocks.find(visit.block);
    if (found == graph.blocks.end()) continue;
    forget(graph, *found->second, visit.known);
    if (memory == Memory::Values) keep(graph, *found->second, "", visit.known);
    leave(graph, *found->second, visit.known, memory, walked, open);
  }
  return walked;
}

// Goes on to the blocks that may follow.
void Pruner::leave(const Graph& graph, const FlowBlock& block, const Known& known, Memory memory,
                   Walked& walked, std::vector<Visit>& open) const {
  const Guard condition = written_out(words(block.condition), known);
  const std::vector<Answer> answers = answers_to(graph, condition, known);
  const Answer answer = answers.empty() ? Answer{} : answers.front();
  for (size_t side = 0; side < block.next.size(); ++side) {
    if (block.next[side] == FlowBlock::Nowhere) continue;
    if (excludes(block, answer, side)) {
      if (walked.cut.insert({block.id, side}).second)
        for (size_t i : answer.because) ++walked.cuts[i];
      continue;
    }
    walked.edges.insert({block.id, block.next[side]});
    Visit next{block.next[side], memory == Memory::Nothing ? Known{} : known};
    if (memory != Memory::Nothing) learn(graph, block, condition, side, answers, next.known);
    open.push_back(std::move(next));
  }
}

// What is known where the block is left by this side.
void Pruner::learn(const Graph& graph, const FlowBlock& block, const Guard& condition, size_t side,
                   const std::vector<Answer>& answers, Known& known) const {
  const auto worth = [&](const std::string& leaf) {
    auto tests = graph.tests.find(leaf.substr(0, leaf.find('/')));
    return tests != graph.tests.end() && tests->second > 1;
  };
  if (condition.empty()) return;
  if (block.labels.empty()) {
    teach(condition, answers, side == 0, worth, known);
    const Guard plain = words(block.condition);
    if (plain != condition)
      teach(plain, std::vector<Answer>(plain.size()), side == 0, worth, known);
  } else if (std::optional<int64_t> number = number_of(block.labels[side]);
             number && condition.size() == 1 && is_remembered(condition[0]) &&
             worth(condition[0])) {
    known.values[condition[0]] = {number, *number != 0, {}};
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

Answer Pruner::assumed(const std::string& owner, const std::string& leaf) const {
  const auto [first, last] = assumed_.equal_range(subject_of(owner, leaf));
  for (auto at = first; at != last; ++at) {
    const auto& [number, assumption] = at->second;
    if (!assumption.bits) return {assumption.value, assumption.value != 0, {number}};
  }
  return {};
}

Answer Pruner::assumed_bits(const std::string& owner, const Guard& masked) const {
  const std::optional<int64_t> mask = number_of(masked[1]);
  if (!mask) return {};
  Answer answer;
  int64_t set = 0, left = *mask;
  const auto [first, last] = assumed_.equal_range(subject_of(owner, masked[2]));
  for (auto at = first; at != last; ++at) {
    const auto& [number, assumption] = at->second;
    const int64_t bits = assumption.bits.value_or(0) & *mask;
    if (bits == 0) continue;
    answer.because.insert(number);
    left &= ~bits;
    if (assumption.value != 0) set |= bits;
  }
  if (left == 0) answer.number = set;
  if (left == 0 || set != 0) answer.truth = set != 0;
  return answer;
}

std::vector<Answer> Pruner::answers_to(const Graph& graph, const Guard& condition,
                                       const Known& known) const {
  return evaluate(condition, known, [&](const std::string& leaf) -> Answer {
    if (leaf.starts_with("bits ")) return assumed_bits(graph.owner, words(leaf));
    if (Answer answer = assumed(graph.owner, leaf); answer.truth) return answer;
    auto kept = known.values.find(leaf.substr(0, leaf.find('/')));
    return kept == known.values.end() ? Answer{} : kept->second;
  });
}

}  // namespace bh
