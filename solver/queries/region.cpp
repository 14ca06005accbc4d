#include "solver/queries/region.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bh {

namespace {

constexpr uint32_t Nothing = 0;
constexpr uint32_t Everything = 1;
constexpr uint32_t MostWords = 256;  // of one formula: bounds the recursion

// The formula as a decision diagram: words are looked at in order, and each node parts its word's
// domain. Reduced, so that equal sets have equal diagrams.
class Diagram {
 public:
  struct Edge {
    IntervalSet set;
    uint32_t to;
    bool operator==(const Edge&) const = default;
  };
  struct Node {
    uint32_t word = 0;
    std::vector<Edge> edges;  // to different nodes, by the least word of each
  };

  Diagram(smt::Exprs& exprs, size_t limit) : exprs_(exprs), steps_left_(limit), nodes_(2) {}

  // False when it takes too many steps.
  bool make(smt::ExprId formula) {
    root_ = build(formula, 0);
    return !gave_up_;
  }
  uint32_t root() const { return root_; }
  const Node& operator[](uint32_t id) const { return nodes_[id]; }
  size_t size() const { return nodes_.size(); }

 private:
  void collect(smt::ExprId id, std::map<smt::ExprId, smt::Expr>& atoms,
               std::map<smt::ExprId, bool>& seen) const {
    std::vector<smt::ExprId> open = {id};
    while (!open.empty()) {
      const smt::ExprId at = open.back();
      open.pop_back();
      if (!seen.emplace(at, true).second) continue;
      const smt::Expr& expr = exprs_[at];
      if (expr.kind == ConditionKind::In) atoms.emplace(at, expr);
      open.insert(open.end(), expr.operands.begin(), expr.operands.end());
    }
  }

  // The formula where each of these atoms has a value.
  smt::ExprId assume(smt::ExprId id, std::map<smt::ExprId, smt::ExprId>& known) {
    const auto found = known.find(id);
    if (found != known.end()) return found->second;
    const smt::Expr expr = exprs_[id];
    smt::ExprId result = id;
    if (!expr.operands.empty()) {
      std::vector<smt::ExprId> operands;
      for (smt::ExprId operand : expr.operands) operands.push_back(assume(operand, known));
      result = expr.kind == ConditionKind::And ? exprs_.all_of(std::move(operands))
                                               : exprs_.any_of(std::move(operands));
    }
    known.emplace(id, result);
    return result;
  }

  uint32_t build(smt::ExprId formula, uint32_t depth) {
    if (formula == smt::Exprs::False) return Nothing;
    if (formula == smt::Exprs::True) return Everything;
    const auto known = built_.find(formula);
    if (known != built_.end()) return known->second;
    if (gave_up_ || depth > MostWords) {
      gave_up_ = true;
      return Nothing;
    }
    std::map<smt::ExprId, smt::Expr> atoms;
    std::map<smt::ExprId, bool> seen;
    collect(formula, atoms, seen);
    uint32_t word = UINT32_MAX;
    for (const auto& [id, atom] : atoms) word = std::min(word, atom.word);
    std::erase_if(atoms, [&](const auto& entry) { return entry.second.word != word; });
    Node node{word, {}};
    for (const auto& [truth, set] : parts(word, atoms)) {
      if (steps_left_ == 0) {
        gave_up_ = true;
        return Nothing;
      }
      --steps_left_;
      std::map<smt::ExprId, smt::ExprId> values;
      size_t i = 0;
      for (const auto& [id, atom] : atoms) {
        values[id] = truth[i++] ? smt::Exprs::True : smt::Exprs::False;
      }
      add_edge(node, set, build(assume(formula, values), depth + 1));
    }
    return built_[formula] = intern(std::move(node));
  }

  // The word's domain, parted by which of the atoms hold.
  std::vector<std::pair<std::vector<bool>, IntervalSet>> parts(
      uint32_t word, const std::map<smt::ExprId, smt::Expr>& atoms) const {
    std::vector<std::pair<std::vector<bool>, IntervalSet>> result = {{{}, exprs_.domains()[word]}};
    for (const auto& [id, atom] : atoms) {
      std::vector<std::pair<std::vector<bool>, IntervalSet>> finer;
      for (auto& [truth, set] : result) {
        for (const bool holds : {true, false}) {
          IntervalSet part = holds ? set & atom.set : set - atom.set;
          if (part.empty()) continue;
          std::vector<bool> more = truth;
          more.push_back(holds);
          finer.emplace_back(std::move(more), std::move(part));
        }
      }
      result = std::move(finer);
    }
    return result;
  }

  static void add_edge(Node& node, const IntervalSet& set, uint32_t to) {
    for (Edge& edge : node.edges) {
      if (edge.to != to) continue;
      edge.set = edge.set | set;
      return;
    }
    node.edges.push_back({set, to});
  }

  uint32_t intern(Node node) {
    if (node.edges.size() == 1) return node.edges[0].to;
    std::sort(node.edges.begin(), node.edges.end(),
              [](const Edge& a, const Edge& b) { return *a.set.least() < *b.set.least(); });
    for (uint32_t id = 2; id < nodes_.size(); ++id) {
      if (nodes_[id].word == node.word && nodes_[id].edges == node.edges) return id;
    }
    nodes_.push_back(std::move(node));
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  smt::Exprs& exprs_;
  size_t steps_left_;
  bool gave_up_ = false;
  uint32_t root_ = Nothing;
  std::vector<Node> nodes_;
  std::map<smt::ExprId, uint32_t> built_;
};

bool is_within(const Box& inner, const Box& outer) {
  for (size_t i = 0; i < inner.size(); ++i) {
    if (!inner[i].subset_of(outer[i])) return false;
  }
  return true;
}

class Boxes {
 public:
  Boxes(const Diagram& diagram, const std::vector<IntervalSet>& domains, size_t limit)
      : diagram_(diagram), domains_(domains), steps_left_(limit * 16) {
    for (uint32_t id = 2; id < diagram_.size(); ++id) {
      for (const Diagram::Edge& edge : diagram_[id].edges)
        sets_[diagram_[id].word].push_back(edge.set);
    }
  }

  std::optional<std::vector<Box>> all() {
    std::vector<Box> paths;
    if (!follow(paths)) return std::nullopt;
    std::vector<Box> result;
    for (Box& box : paths) {
      for (uint32_t word = 0; word < domains_.size(); ++word) widen(box, word);
      if (steps_left_ == 0) return std::nullopt;
      if (std::find(result.begin(), result.end(), box) == result.end()) result.push_back(box);
    }
    drop_covered(result);
    return fewest_words_first(std::move(result));
  }

 private:
  // What depends on few words is read first.
  std::vector<Box> fewest_words_first(std::vector<Box> boxes) const {
    std::map<std::pair<size_t, size_t>, Box> sorted;  // by words, then as they came
    for (size_t i = 0; i < boxes.size(); ++i) {
      size_t words = 0;
      for (size_t w = 0; w < domains_.size(); ++w) words += boxes[i][w] == domains_[w] ? 0 : 1;
      sorted.emplace(std::pair(words, i), std::move(boxes[i]));
    }
    std::vector<Box> result;
    for (auto& [key, box] : sorted) result.push_back(std::move(box));
    return result;
  }

  // Every way to Everything, as a box; they do not overlap.
  bool follow(std::vector<Box>& paths) {
    std::vector<std::pair<uint32_t, Box>> open = {{diagram_.root(), domains_}};
    while (!open.empty()) {
      if (steps_left_ == 0) return false;
      --steps_left_;
      auto [id, box] = std::move(open.back());
      open.pop_back();
      if (id == Everything) paths.push_back(box);
      if (id < 2) continue;
      const Diagram::Node& node = diagram_[id];
      for (auto edge = node.edges.rbegin(); edge != node.edges.rend(); ++edge) {
        Box part = box;
        part[node.word] = edge->set;
        open.emplace_back(edge->to, std::move(part));
      }
    }
    return true;
  }

  bool holds_everywhere(const Box& box) {
    std::vector<uint32_t> open = {diagram_.root()};
    std::map<uint32_t, bool> seen;
    while (!open.empty()) {
      const uint32_t id = open.back();
      open.pop_back();
      if (id == Nothing) return false;
      if (id == Everything || !seen.emplace(id, true).second) continue;
      if (steps_left_ == 0) return false;
      --steps_left_;
      for (const Diagram::Edge& edge : diagram_[id].edges) {
        if (!(edge.set & box[diagram_[id].word]).empty()) open.push_back(edge.to);
      }
    }
    return true;
  }

  // All values of the word with which the rest of the box still lies within.
  void widen(Box& box, uint32_t word) {
    const auto sets = sets_.find(word);
    if (sets == sets_.end()) return;
    std::vector<IntervalSet> parts = {domains_[word]};
    for (const IntervalSet& set : sets->second) {
      std::vector<IntervalSet> finer;
      for (const IntervalSet& part : parts) {
        for (IntervalSet& half : std::vector<IntervalSet>{part & set, part - set}) {
          if (!half.empty()) finer.push_back(std::move(half));
        }
      }
      parts = std::move(finer);
    }
    IntervalSet wide;
    for (const IntervalSet& part : parts) {
      Box probe = box;
      probe[word] = part;
      if (holds_everywhere(probe)) wide = wide | part;
    }
    box[word] = wide | box[word];
  }

  // Whether the others from `first` on cover the box.
  static bool is_covered(Box box, const std::vector<Box>& by, size_t skip, size_t& steps) {
    std::vector<std::pair<size_t, Box>> open = {{0, std::move(box)}};
    while (!open.empty()) {
      auto [at, rest] = std::move(open.back());
      open.pop_back();
      if (at == skip) ++at;
      if (at >= by.size() || steps == 0) return false;
      --steps;
      bool apart = false;
      for (size_t i = 0; i < rest.size(); ++i) apart = apart || (rest[i] & by[at][i]).empty();
      if (apart) {
        open.emplace_back(at + 1, std::move(rest));
        continue;
      }
      for (size_t i = 0; i < rest.size(); ++i) {
        IntervalSet outside = rest[i] - by[at][i];
        if (!outside.empty()) {
          Box part = rest;
          part[i] = std::move(outside);
          open.emplace_back(at + 1, std::move(part));
        }
        rest[i] = rest[i] & by[at][i];
      }
    }
    return true;
  }

  static void drop_covered(std::vector<Box>& boxes) {
    size_t steps = 20'000;
    for (size_t i = boxes.size(); i-- > 0 && boxes.size() > 1;) {
      bool inside = false;
      for (size_t j = 0; j < boxes.size(); ++j) inside |= j != i && is_within(boxes[i], boxes[j]);
      if (inside || is_covered(boxes[i], boxes, i, steps)) {
        boxes.erase(boxes.begin() + static_cast<ptrdiff_t>(i));
      }
    }
  }

  const Diagram& diagram_;
  const std::vector<IntervalSet>& domains_;
  size_t steps_left_;
  std::map<uint32_t, std::vector<IntervalSet>> sets_;  // by word: how some node parts it
};

}  // namespace

std::optional<std::vector<Box>> region_of(smt::Exprs& exprs, smt::ExprId formula, size_t limit) {
  Diagram diagram(exprs, limit);
  if (!diagram.make(formula)) return std::nullopt;
  return Boxes(diagram, exprs.domains(), limit).all();
}

std::string print(const Model& model, OperationId operation, const std::vector<Box>& region) {
  const std::vector<Parameter>& parameters = model.method_of(operation).parameters;
  Conditions conditions;
  std::vector<ConditionId> any;
  for (const Box& box : region) {
    std::vector<ConditionId> all;
    for (uint32_t i = 0; i < box.size(); ++i) {
      if (!model.types[parameters[i].type].domain.subset_of(box[i])) {
        all.push_back(conditions.in(i, box[i]));
      }
    }
    any.push_back(conditions.all_of(all));
  }
  const ConditionId whole = conditions.any_of(any);
  return whole == Conditions::True ? "" : print(model, conditions, operation, whole);
}

}  // namespace bh
