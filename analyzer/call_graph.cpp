#include "analyzer/call_graph.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "analyzer/loops.h"

namespace bh {
namespace {

constexpr uint32_t DeepestLoop = 4;

uint64_t times_in(uint32_t depth) {
  uint64_t times = 1;
  for (uint32_t i = 0; i < std::min(depth, DeepestLoop); ++i) times *= 10;
  return times;
}

// The depth in loops of each call of each function.
class SiteDepths {
 public:
  explicit SiteDepths(const Program& program) : program_(program) {
    for (const FlowFact& flow : program.facts().flows) flows_[flow.id] = &flow;
  }

  uint32_t depth(FunctionId function, const Place& at) {
    const auto [sites, added] = depths_.try_emplace(function);
    if (added) fill(function, sites->second);
    const auto found = sites->second.find({at.file, at.line, at.column});
    return found == sites->second.end() ? 0 : found->second;
  }

 private:
  using Site = std::tuple<std::string_view, uint32_t, uint32_t>;

  uint32_t depth_of(const std::string& block) {
    const size_t colon = block.rfind(':');
    if (colon == std::string::npos) return 0;
    const auto flow = flows_.find(std::string_view(block).substr(0, colon));
    uint32_t number = 0;
    std::from_chars(block.data() + colon + 1, block.data() + block.size(), number);
    if (flow == flows_.end()) return 0;
    const auto [loops, added] = loops_.try_emplace(flow->first);
    if (added) loops->second = loop_depths(*flow->second, DeepestLoop);
    const auto found = loops->second.find(number);
    return found == loops->second.end() ? 0 : found->second;
  }

  void fill(FunctionId function, std::map<Site, uint32_t>& sites) {
    const OwnedFacts& owned = program_.functions()[function].owned;
    const auto note = [&](const Place& at, const std::string& block) {
      uint32_t& depth = sites[{at.file, at.line, at.column}];
      depth = std::max(depth, depth_of(block));
    };
    for (const CallFact* call : owned.calls) note(call->at, call->block);
    for (const IndirectCallFact* call : owned.indirect_calls) note(call->at, call->block);
  }

  const Program& program_;
  std::map<std::string_view, const FlowFact*> flows_;
  std::map<std::string_view, std::map<uint32_t, uint32_t>> loops_;
  std::map<FunctionId, std::map<Site, uint32_t>> depths_;
};

struct Site {
  size_t from;
  size_t to;
  Place at;
  Certainty certainty;
  uint32_t depth;
};

class Builder {
 public:
  Builder(const Program& program, const Reach& reach, const CallGraphOptions& options)
      : program_(program), reach_(reach), options_(options), depths_(program) {}

  CallGraph run() {
    add_nodes();
    add_sites();
    mark_inputs();
    find_levels();
    join_edges();
    if (!options_.profile.empty()) apply_profile();
    return std::move(graph_);
  }

 private:
  void add_nodes() {
    for (const ReachedFunction& reached : reach_.functions) {
      const FunctionFact& fact = *program_.functions()[reached.function].fact;
      const size_t lines =
          fact.last_line < fact.at.line ? 0 : size_t{fact.last_line} - fact.at.line + 1;
      const auto& attributes = fact.attributes;
      const bool returns =
          std::find(attributes.begin(), attributes.end(), "noreturn") == attributes.end();
      graph_.nodes.push_back(
          {reached.function, plain_name(fact.name), {}, false, returns, lines, fact.at});
    }
    std::set<std::string> system;
    for (const ReachedExternal& external : reach_.externals)
      if (privilege_of(plain_name(external.name))) system.insert(plain_name(external.name));
    for (const std::string& name : system) {
      system_[name] = graph_.nodes.size();
      graph_.nodes.push_back({{}, name, privilege_of(name), false, true, 0, {}});
    }
  }

  void add_site(const Step& step, const std::string& callee) {
    const auto caller = reach_.index.find(step.caller);
    if (caller == reach_.index.end()) return;
    const uint32_t depth = depths_.depth(step.caller, step.at);
    const std::vector<FunctionId>& bodies = program_.defined(callee);
    for (FunctionId body : bodies)
      if (const auto to = reach_.index.find(body); to != reach_.index.end())
        sites_.push_back({caller->second, to->second, step.at, step.certainty, depth});
    if (!bodies.empty()) return;
    const std::string name = plain_name(callee);
    if (const auto to = system_.find(name); to != system_.end())
      sites_.push_back({caller->second, to->second, step.at, step.certainty, depth});
    if (const std::optional<Input> input = input_of(name))
      readers_.push_back({caller->second, *input});
  }

  void add_sites() {
    for (const ReachedCall& call : reach_.calls) add_site(call.step, call.callee);
    // Functions that code outside calls, for whoever handed them over.
    for (const ReachedFunction& reached : reach_.functions)
      if (reached.from && reached.from->certainty == Certainty::Callback)
        add_site(*reached.from, program_.functions()[reached.function].fact->name);
  }

  void mark_inputs() {
    if (!options_.inputs.empty()) {
      const std::set<std::string> named(options_.inputs.begin(), options_.inputs.end());
      for (CallNode& node : graph_.nodes)
        node.input = node.function.valid() && named.contains(node.name);
      return;
    }
    const bool other = std::any_of(readers_.begin(), readers_.end(), [](const auto& reader) {
      return reader.second != Input::Stream;
    });
    for (const auto& [node, input] : readers_)
      if (!other || input != Input::Stream) graph_.nodes[node].input = true;
  }

  bool repeats(const Site& site) const {
    return graph_.nodes[site.to].returns && site.certainty != Certainty::Callback;
  }

  // The deepest in loops that a function is called, from an entry on. Only calls of functions that
  // were reached later count, so that recursion adds nothing.
  void find_levels() {
    levels_.assign(graph_.nodes.size(), 0);
    std::sort(sites_.begin(), sites_.end(), [](const Site& a, const Site& b) {
      return std::tie(a.from, a.to, a.certainty, a.at) < std::tie(b.from, b.to, b.certainty, b.at);
    });
    for (const Site& site : sites_) {
      if (site.to <= site.from || !repeats(site)) continue;
      levels_[site.to] =
          std::max(levels_[site.to], std::min(levels_[site.from] + site.depth, DeepestLoop));
    }
  }

  void join_edges() {
    for (const Site& site : sites_) {
      const bool known = !graph_.edges.empty() && graph_.edges.back().from == site.from &&
                         graph_.edges.back().to == site.to;
      if (!known) graph_.edges.push_back({site.from, site.to, site.at, site.certainty, 0, 0});
      CallEdge& edge = graph_.edges.back();
      ++edge.sites;
      edge.calls += repeats(site) ? times_in(levels_[site.from] + site.depth) : 1;
    }
  }

  // What is known of a callee is shared out among its callers as the estimates are; else what is
  // known of the caller is what each of its calls happens at least.
  void apply_profile() {
    std::vector<uint64_t> estimated(graph_.nodes.size(), 0);
    for (const CallEdge& edge : graph_.edges) estimated[edge.to] += edge.calls;
    const auto known = [&](size_t node) -> std::optional<uint64_t> {
      const auto at = options_.profile.find(graph_.nodes[node].name);
      if (at == options_.profile.end()) return std::nullopt;
      return at->second;
    };
    for (CallEdge& edge : graph_.edges) {
      if (const std::optional<uint64_t> calls = known(edge.to)) {
        const double share =
            static_cast<double>(edge.calls) / static_cast<double>(estimated[edge.to]);
        edge.calls = static_cast<uint64_t>(share * static_cast<double>(*calls));
      } else if (const std::optional<uint64_t> runs = known(edge.from)) {
        edge.calls = *runs * edge.sites;
      } else {
        continue;
      }
      ++graph_.weighed;
    }
  }

  const Program& program_;
  const Reach& reach_;
  const CallGraphOptions& options_;
  SiteDepths depths_;
  CallGraph graph_;
  std::map<std::string, size_t> system_;
  std::vector<Site> sites_;
  std::vector<std::pair<size_t, Input>> readers_;
  std::vector<uint32_t> levels_;
};

}  // namespace

CallGraph call_graph(const Program& program, const Reach& reach, const CallGraphOptions& options) {
  return Builder(program, reach, options).run();
}

}  // namespace bh
