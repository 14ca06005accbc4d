#include "analyzer/partition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "analyzer/min_cut.h"

namespace bh {
namespace {

using Nodes = std::vector<bool>;

// Ten lines more that hold a privilege weigh as much as one call across.
constexpr int64_t CallWeight = 10, LineWeight = 1;
constexpr uint64_t MostCalls = uint64_t{1}
                               << 32;  // of one edge, so that sums stay below Uncuttable

class Partitioner {
 public:
  Partitioner(const Program& program, const Reach& reach, const CallGraph& graph)
      : program_(program), reach_(reach), graph_(graph) {
    goes_on_.resize(graph.nodes.size());
    before_.resize(graph.nodes.size());
    takes_from_.resize(graph.nodes.size());
    for (const CallEdge& edge : graph.edges) {
      if (graph.nodes[edge.to].returns) goes_on_[edge.from].push_back(edge.to);
      before_[edge.to].push_back(edge.from);
      if (graph.gives_back(edge)) takes_from_[edge.to].push_back(edge.from);
    }
    inputs_.assign(graph.nodes.size(), false);
    for (size_t i = 0; i < graph.nodes.size(); ++i) inputs_[i] = graph.nodes[i].input;
    handles_ = closure(inputs_, takes_from_);
    note_variables();
  }

  bool has_inputs() const {
    return std::find(inputs_.begin(), inputs_.end(), true) != inputs_.end();
  }

  std::set<Privilege> used() const {
    std::set<Privilege> found;
    for (const CallNode& node : graph_.nodes)
      if (node.privilege) found.insert(*node.privilege);
    return found;
  }

  Partition cut(const std::set<Privilege>& privileges) const {
    Partition result;
    result.privileges.assign(privileges.begin(), privileges.end());
    const Nodes asking = part_that_asks(privileges);
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      if (!asking[i] && graph_.nodes[i].function.valid()) result.moved.push_back(i);
    add_boundary(asking, result);
    describe_sides(asking, result);
    return result;
  }

 private:
  static Nodes closure(Nodes from, const std::vector<std::vector<size_t>>& edges) {
    std::vector<size_t> open;
    for (size_t i = 0; i < from.size(); ++i)
      if (from[i]) open.push_back(i);
    while (!open.empty()) {
      const size_t node = open.back();
      open.pop_back();
      for (size_t to : edges[node]) {
        if (from[to]) continue;
        from[to] = true;
        open.push_back(to);
      }
    }
    return from;
  }

  // True for what stays; of what leads to no privileged call everything does.
  Nodes part_that_asks(const std::set<Privilege>& privileges) const {
    Nodes sinks(graph_.nodes.size(), false);
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      sinks[i] = graph_.nodes[i].privilege && privileges.contains(*graph_.nodes[i].privilege);
    const Nodes leads = closure(sinks, before_);
    const size_t source = graph_.nodes.size(), sink = source + 1;
    std::vector<CutArc> arcs;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      // An entry runs before anybody has asked for anything.
      const bool entry = i < reach_.functions.size() && !reach_.functions[i].from;
      const auto lines = static_cast<int64_t>(graph_.nodes[i].lines);
      arcs.push_back({source, i, handles_[i] || entry ? Uncuttable : lines * LineWeight});
      if (sinks[i]) arcs.push_back({i, sink, Uncuttable});
    }
    for (const CallEdge& edge : graph_.edges) {
      const auto calls = static_cast<int64_t>(std::min(edge.calls, MostCalls));
      if (leads[edge.from] && leads[edge.to])
        arcs.push_back({edge.from, edge.to, calls * CallWeight});
    }
    const MinCut found = min_cut(graph_.nodes.size() + 2, arcs, source, sink);
    Nodes asking(graph_.nodes.size(), true);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) asking[i] = !leads[i] || found.source_side[i];
    return asking;
  }

  void add_boundary(const Nodes& asking, Partition& result) const {
    for (const CallEdge& edge : graph_.edges) {
      if (!asking[edge.from] || asking[edge.to]) continue;
      result.boundary.push_back(edge);
      result.calls += edge.calls;
      result.assumed += edge.certainty != Certainty::Direct && edge.certainty != Certainty::Slot;
    }
    std::stable_sort(result.boundary.begin(), result.boundary.end(),
                     [](const CallEdge& a, const CallEdge& b) { return a.calls > b.calls; });
  }

  // What the entries reach without the calls across.
  Nodes reached_by_asking(const Nodes& asking) const {
    Nodes from(graph_.nodes.size(), false);
    for (size_t i = 0; i < reach_.functions.size(); ++i)
      from[i] = !reach_.functions[i].from && asking[i];
    std::vector<std::vector<size_t>> inside(graph_.nodes.size());
    for (const CallEdge& edge : graph_.edges)
      if (asking[edge.to]) inside[edge.from].push_back(edge.to);
    return closure(from, inside);
  }

  void describe_sides(const Nodes& asking, Partition& result) const {
    Nodes moved(graph_.nodes.size(), false);
    for (size_t node : result.moved) moved[node] = true;
    const Nodes asked = closure(moved, goes_on_);
    const Nodes rest = reached_by_asking(asking);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const CallNode& node = graph_.nodes[i];
      if (node.privilege) (rest[i] ? result.left : result.gained).push_back(node.name);
      if (asked[i]) result.privileged_lines += node.lines;
      if (rest[i]) result.asking_lines += node.lines;
    }
    for (const auto& [name, uses] : variables_) add_variable(name, uses, asked, rest, result);
  }

  // ---- variables
  // --------------------------------------------------------------------------------

  struct Uses {
    std::vector<size_t> users;
    std::vector<size_t> writers;
    bool constant = false;
  };

  void note_variables() {
    std::set<std::string_view> constants;
    for (const GlobalFact& global : program_.facts().globals)
      if (std::find(global.attributes.begin(), global.attributes.end(), "const") !=
          global.attributes.end())
        constants.insert(global.name);
    for (size_t i = 0; i < reach_.functions.size(); ++i) {
      const OwnedFacts& owned = program_.functions()[reach_.functions[i].function].owned;
      for (const ReferenceFact* reference : owned.references) {
        constexpr std::string_view Global = "global:";
        if (reference->target.kind != AtomKind::Slot || !reference->target.text.starts_with(Global))
          continue;
        const std::string_view name =
            std::string_view(reference->target.text).substr(Global.size());
        if (constants.contains(name)) continue;
        Uses& uses = variables_[name];
        uses.users.push_back(i);
        if (reference->how != UseHow::Read && reference->how != UseHow::Name)
          uses.writers.push_back(i);
      }
    }
  }

  static void add_variable(std::string_view name, const Uses& uses, const Nodes& asked,
                           const Nodes& rest, Partition& result) {
    const auto in = [](const std::vector<size_t>& nodes, const Nodes& side) {
      return std::any_of(nodes.begin(), nodes.end(), [&](size_t node) { return side[node]; });
    };
    const bool there = in(uses.users, asked), here = in(uses.users, rest);
    if (there && here)
      result.shared.push_back(
          {plain_name(name), in(uses.writers, asked) || in(uses.writers, rest)});
    if (there && !here && sounds_secret(plain_name(name)))
      result.secrets.push_back(plain_name(name));
  }

  const Program& program_;
  const Reach& reach_;
  const CallGraph& graph_;
  std::vector<std::vector<size_t>> before_;
  std::vector<std::vector<size_t>> goes_on_;     // without the callees that end the program
  std::vector<std::vector<size_t>> takes_from_;  // callers that may use what comes back
  Nodes inputs_, handles_;                       // handles: receives input, or leads to what does
  std::map<std::string_view, Uses> variables_;
};

}  // namespace

double Partition::rating() const {
  return static_cast<double>(gained.size()) / (1.0 + std::log10(1.0 + static_cast<double>(calls)));
}

std::vector<Partition> partitions(const Program& program, const Reach& reach,
                                  const CallGraph& graph) {
  const Partitioner partitioner(program, reach, graph);
  std::vector<Partition> found;
  const std::set<Privilege> used = partitioner.used();
  if (!partitioner.has_inputs()) return found;
  for (Privilege privilege : used) found.push_back(partitioner.cut({privilege}));
  if (used.size() > 1) found.push_back(partitioner.cut(used));
  std::stable_sort(found.begin(), found.end(),
                   [](const Partition& a, const Partition& b) { return a.rating() > b.rating(); });
  return found;
}

bool sounds_secret(std::string_view variable) {
  constexpr std::array<std::string_view, 9> Words = {
      "secret", "passw", "passphrase", "priv", "key", "cred", "cookie", "token", "seed"};
  std::string name(variable);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return std::any_of(Words.begin(), Words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace bh
