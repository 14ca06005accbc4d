// Where data can get to in one policy and not in the other.
//
// First a proof without the solver that nothing changed: of what both policies grant for sure,
// unconditionally and without a protocol, a graph is made. If the two ends of every edge that
// differs are joined in it on both sides anyway, then whoever reached whom still does. Only when
// that fails are both graphs made whole.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "solver/queries/consistency.h"
#include "solver/queries/diff_run.h"

namespace bh {

namespace {

using Row = std::vector<uint64_t>;

// Who reaches whom.
class Closure {
 public:
  explicit Closure(size_t size) : size_(size), next_(size, Row((size + 63) / 64)) {}

  void add(uint32_t from, uint32_t to) { next_[from][to / 64] |= uint64_t{1} << (to % 64); }

  bool reaches(uint32_t from, uint32_t to) {
    const auto [it, is_new] = reached_.try_emplace(from);
    if (is_new) it->second = search(from);
    return (it->second[to / 64] >> (to % 64) & 1) != 0;
  }
  const Row& row(uint32_t from) {
    reaches(from, from);
    return reached_.at(from);
  }

 private:
  Row search(uint32_t from) const {
    Row seen(next_[from].size());
    std::vector<uint32_t> open = {from};
    while (!open.empty()) {
      const uint32_t at = open.back();
      open.pop_back();
      for (size_t word = 0; word < seen.size(); ++word) {
        uint64_t fresh = next_[at][word] & ~seen[word];
        seen[word] |= fresh;
        for (; fresh != 0; fresh &= fresh - 1) {
          open.push_back(static_cast<uint32_t>(word * 64) +
                         static_cast<uint32_t>(std::countr_zero(fresh)));
        }
      }
    }
    return seen;
  }

  size_t size_;
  std::vector<Row> next_;
  std::map<uint32_t, Row> reached_;
};

// Joint numbers of what moves where.
struct JointTransfer {
  uint32_t from;
  uint32_t to;
  uint32_t operation;
  bool is_result;
  uint32_t index;
  auto operator<=>(const JointTransfer&) const = default;
};

class FlowDiff {
 public:
  explicit FlowDiff(DiffRun& run) : run_(run), a_(run.alignment) {}

  FlowsAre run() {
    const bool labels_differ = !same_labels();
    for (const DiffSide side : BothSides) collect(side);
    std::vector<JointTransfer> differ;
    std::set_symmetric_difference(edges_[0].begin(), edges_[0].end(), edges_[1].begin(),
                                  edges_[1].end(), std::back_inserter(differ));
    if (open_) {
      run_.undecided("which flows are new: the solver gave up on whether something is granted");
    }
    if (differ.empty() && !labels_differ) return FlowsAre::Untouched;
    if (!labels_differ && joined_anyway(differ)) return FlowsAre::Unchanged;
    compare();
    return FlowsAre::Compared;
  }

 private:
  // ---- what differs ----------------------------------------------------------------------------

  bool same_labels() const {
    const Model& before = run_.model(DiffSide::Before);
    const Model& after = run_.model(DiffSide::After);
    for (LatticeId id : after.lattices.ids()) {
      const LatticeId old = a_.lattices.before[a_.lattices.of_after[id.value]];
      const std::vector<uint32_t>& levels = a_.levels[id.value];
      if (!old.valid() || levels.size() != before.lattices[old].levels.size()) return false;
      for (uint32_t x = 0; x < levels.size(); ++x) {
        if (levels[x] == Alignment::Unmatched) return false;
        for (uint32_t y = 0; y < levels.size(); ++y) {
          if (levels[y] == Alignment::Unmatched) return false;
          if (after.lattices[id].below[x][y] != before.lattices[old].below[levels[x]][levels[y]])
            return false;
        }
      }
      for (ComponentId c : after.components.ids()) {
        const ComponentId there = a_.components.before[a_.components.of_after[c.value]];
        if (!there.valid()) continue;
        if (before.components[there].labels[old.value] !=
            levels[after.components[c].labels[id.value]])
          return false;
      }
    }
    return before.lattices.size() == after.lattices.size() && same_releases();
  }

  bool same_releases() const {
    return release_texts(DiffSide::Before) == release_texts(DiffSide::After);
  }

  std::set<std::string> release_texts(DiffSide side) const {
    std::set<std::string> result;
    for (const Release& release : run_.model(side).releases) {
      std::set<std::string> items;
      for (const DataItem& item : release.items) {
        items.insert(fmt::format("{} {} {}", a_.operations.joint(side, item.operation),
                                 item.is_result, item.index));
      }
      const auto level = [&](uint32_t own) {
        return side == DiffSide::Before ? own : a_.levels[release.lattice.value][own];
      };
      result.insert(fmt::format("{} {} {} {}", fmt::join(items, ","),
                                a_.lattices.joint(side, release.lattice), level(release.from),
                                level(release.to)));
    }
    return result;
  }

  // Every datum that moves between components of a pair.
  void collect(DiffSide side) {
    Engine& engine = run_.engine(side);
    for (const MatrixCell& cell : engine.matrix.cells()) {
      const JointCell at = run_.joint(side, cell);
      const uint32_t owner = a_.components.joint(side, engine.model.owner_of(cell.operation));
      if (!std::binary_search(run_.pairs.begin(), run_.pairs.end(),
                              std::pair(std::min(at.subject, owner), std::max(at.subject, owner))))
        continue;
      const std::vector<Transfer> transfers =
          transfers_of(engine.model, cell.subject, cell.operation);
      if (transfers.empty()) continue;
      const Can can = engine.can_be_granted(cell);
      open_ = open_ || can == Can::Unknown;
      if (can != Can::Yes) continue;
      for (const Transfer& t : transfers) {
        edges_[static_cast<size_t>(side)].insert({a_.components.joint(side, t.from),
                                                  a_.components.joint(side, t.to), at.operation,
                                                  t.item.is_result, t.item.index});
      }
    }
  }

  // ---- without the solver ----------------------------------------------------------------------

  // Operations whose data a release lets through, which a proof may not rely on.
  std::vector<bool> released(DiffSide side) const {
    std::vector<bool> result(a_.operations.size(), false);
    for (const Release& release : run_.model(side).releases) {
      for (const DataItem& item : release.items) {
        result[a_.operations.joint(side, item.operation)] = true;
      }
    }
    return result;
  }

  // What the side grants whatever the arguments are and whatever happened before.
  Closure sure(DiffSide side) const {
    const Model& model = run_.model(side);
    std::vector<bool> unsure = released(side);
    std::vector<bool> guarded(model.endpoints.size(), false);
    for (const Protocol& protocol : model.protocols) guarded[protocol.endpoint.value] = true;
    for (const Rule& rule : model.rules) {
      if (rule.kind != RuleKind::Deny) continue;
      for (const ConditionalOperation& target : rule.targets) {
        unsure[a_.operations.joint(side, target.operation)] = true;
      }
    }
    Closure result(a_.components.size());
    for (const Rule& rule : model.rules) {
      if (rule.kind != RuleKind::Allow) continue;
      for (const ConditionalOperation& target : rule.targets) {
        const Operation& operation = model.operations[target.operation];
        if (target.when != Conditions::True || guarded[operation.endpoint.value] ||
            unsure[a_.operations.joint(side, target.operation)])
          continue;
        const Method& method = model.methods[operation.method];
        const uint32_t owner = a_.components.joint(side, model.endpoints[operation.endpoint].owner);
        for (ComponentId subject : rule.subjects) {
          if (!covers(model, target, subject)) continue;
          const uint32_t caller = a_.components.joint(side, subject);
          if (!method.parameters.empty()) result.add(caller, owner);
          if (!method.results.empty()) result.add(owner, caller);
        }
      }
    }
    return result;
  }

  bool joined_anyway(const std::vector<JointTransfer>& differ) const {
    for (const DiffSide side : BothSides) {
      Closure closure = sure(side);
      for (const JointTransfer& edge : differ) {
        if (edge.from != edge.to && !closure.reaches(edge.from, edge.to)) return false;
      }
    }
    return true;
  }

  // ---- with both graphs ------------------------------------------------------------------------

  void compare() {
    std::optional<Closure> all[2];
    for (const DiffSide side : BothSides) {
      Closure& closure = all[static_cast<size_t>(side)].emplace(a_.components.size());
      for (const std::vector<FlowLink>& links : run_.flows(side)) {
        for (const FlowLink& link : links) {
          const FlowEdge* edge = granted_edge(side, link, {});
          if (!edge) {
            maybe_ = true;
            continue;
          }
          closure.add(a_.components.joint(side, edge->transfer.from),
                      a_.components.joint(side, link.to));
        }
      }
    }
    if (maybe_ && !open_) {
      run_.undecided("which flows are new: the solver gave up on whether something is granted");
    }
    for (const DiffSide side : {DiffSide::After, DiffSide::Before}) {
      report(side, all[static_cast<size_t>(side)].value(),
             all[static_cast<size_t>(other(side))].value());
    }
    for (const DiffSide side : {DiffSide::After, DiffSide::Before}) report_levels(side);
  }

  // Flows that the side has and the other has not: sources that gain the same targets go together.
  void report(DiffSide side, Closure& has, Closure& lacks) {
    std::map<std::vector<uint32_t>, std::vector<uint32_t>> gains;
    for (uint32_t from = 0; from < a_.components.size(); ++from) {
      const Row& here = has.row(from);
      const Row& there = lacks.row(from);
      std::vector<uint32_t> targets;
      for (size_t word = 0; word < here.size(); ++word) {
        for (uint64_t only = here[word] & ~there[word]; only != 0; only &= only - 1) {
          const auto to =
              static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(std::countr_zero(only));
          if (to != from) targets.push_back(to);
        }
      }
      if (!targets.empty()) gains[targets].push_back(from);
    }
    for (const auto& [targets, sources] : gains) {
      PolicyChange change;
      change.kind = ChangeKind::Flow;
      change.what = names(side, sources) + " ~> " + names(side, targets);
      change.path = shortest(side, {sources[0]}, targets[0], {});
      finish(side, std::move(change), all_names(side, sources) + "~>\n" + all_names(side, targets));
    }
  }

  void finish(DiffSide side, PolicyChange change, std::string meaning) {
    change.direction = side == DiffSide::After ? ChangeDirection::Wider : ChangeDirection::Narrower;
    run_.add(std::move(change), std::move(meaning));
  }

  const std::string& name(DiffSide side, uint32_t component) const {
    return run_.name(side, a_.components.at(side, component));
  }
  std::string all_names(DiffSide side, const std::vector<uint32_t>& list) const {
    std::string text;
    for (uint32_t c : list) text += name(side, c) + "\n";
    return text;
  }
  std::string names(DiffSide side, const std::vector<uint32_t>& list) const {
    constexpr size_t Most = 8;
    if (list.size() == 1) return name(side, list[0]);
    std::vector<std::string> shown;
    for (size_t i = 0; i < std::min(Most, list.size()); ++i) shown.push_back(name(side, list[i]));
    const std::string rest =
        list.size() > Most ? fmt::format(" and {} more", list.size() - Most) : "";
    return fmt::format("{{ {}{} }}", fmt::join(shown, ", "), rest);
  }

  // The shortest way of data from one of the sources to the target, through edges that no release
  // of the lattice (if there is one) lets pass.
  std::vector<std::string> shortest(DiffSide side, const std::vector<uint32_t>& sources,
                                    uint32_t target, LatticeId lattice) {
    const FlowGraph& graph = run_.flows(side);
    const Model& model = run_.model(side);
    std::vector<const FlowEdge*> arrived(model.components.size(), nullptr);
    std::vector<bool> seen(model.components.size(), false);
    std::deque<ComponentId> open;
    for (uint32_t source : sources) {
      const ComponentId id = a_.components.at(side, source);
      seen[id.value] = true;
      open.push_back(id);
    }
    const ComponentId goal = a_.components.at(side, target);
    std::vector<std::string> path;
    while (!open.empty() && !arrived[goal.value]) {
      const ComponentId at = open.front();
      open.pop_front();
      for (const FlowLink& link : graph[at.value]) {
        if (seen[link.to.value]) continue;
        const FlowEdge* edge = granted_edge(side, link, lattice);
        if (!edge) continue;
        seen[link.to.value] = true;
        arrived[link.to.value] = edge;
        open.push_back(link.to);
      }
    }
    for (const FlowEdge* edge = arrived[goal.value]; edge;
         edge = arrived[edge->transfer.from.value]) {
      const Transfer& t = edge->transfer;
      path.push_back(print(
          model, FlowStep{t.from, t.to, t.item, granting_rule(run_.whole(side), *edge->cell)}));
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

  // An edge of the link that is granted for sure and that no release of the lattice lets pass.
  const FlowEdge* granted_edge(DiffSide side, const FlowLink& link, LatticeId lattice) const {
    const auto at = std::find_if(link.edges.begin(), link.edges.end(), [&](const FlowEdge& edge) {
      return edge.can == Can::Yes && !is_released(side, edge, lattice);
    });
    return at == link.edges.end() ? nullptr : &*at;
  }

  // ---- by level --------------------------------------------------------------------------------

  bool is_released(DiffSide side, const FlowEdge& edge, LatticeId lattice) const {
    if (!lattice.valid()) return false;
    const Model& model = run_.model(side);
    const Transfer& t = edge.transfer;
    return std::any_of(model.releases.begin(), model.releases.end(), [&](const Release& release) {
      return release.lattice == lattice && covers(model, release, t.item, t.from, t.to);
    });
  }

  // Components (joint) that data of the level gets to and must be kept from.
  std::vector<uint32_t> leaks(DiffSide side, LatticeId id, uint32_t level) {
    const Model& model = run_.model(side);
    std::vector<bool> seen(model.components.size(), false);
    std::vector<ComponentId> open;
    for (ComponentId c : model.components.ids()) {
      if (model.components[c].labels[id.value] != level) continue;
      seen[c.value] = true;
      open.push_back(c);
    }
    while (!open.empty()) {
      const ComponentId at = open.back();
      open.pop_back();
      for (const FlowLink& link : run_.flows(side)[at.value]) {
        if (seen[link.to.value] || !granted_edge(side, link, id)) continue;
        seen[link.to.value] = true;
        open.push_back(link.to);
      }
    }
    std::vector<uint32_t> result;
    for (ComponentId c : model.components.ids()) {
      const uint32_t label = model.components[c].labels[id.value];
      if (seen[c.value] && !model.lattices[id].may_flow(level, label)) {
        result.push_back(a_.components.joint(side, c));
      }
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  // The same lattice and level of the other side, if it has them.
  std::optional<std::pair<LatticeId, uint32_t>> level_there(DiffSide side, LatticeId id,
                                                            uint32_t level) const {
    const LatticeId there = a_.lattices.at(other(side), a_.lattices.joint(side, id));
    if (!there.valid()) return std::nullopt;
    if (side == DiffSide::After) {
      const uint32_t old = a_.levels[id.value][level];
      if (old == Alignment::Unmatched) return std::nullopt;
      return std::pair(there, old);
    }
    const std::vector<uint32_t>& levels = a_.levels[there.value];
    const auto at = std::find(levels.begin(), levels.end(), level);
    if (at == levels.end()) return std::nullopt;
    return std::pair(there, static_cast<uint32_t>(at - levels.begin()));
  }

  void report_levels(DiffSide side) {
    const Model& model = run_.model(side);
    for (LatticeId id : model.lattices.ids()) {
      for (uint32_t level = 0; level < model.lattices[id].levels.size(); ++level) {
        const std::vector<uint32_t> here = leaks(side, id, level);
        if (here.empty()) continue;
        std::vector<uint32_t> there;
        if (const auto same = level_there(side, id, level)) {
          there = leaks(other(side), same->first, same->second);
        }
        std::vector<uint32_t> only;
        std::set_difference(here.begin(), here.end(), there.begin(), there.end(),
                            std::back_inserter(only));
        for (uint32_t target : only) report_level(side, id, level, target);
      }
    }
  }

  void report_level(DiffSide side, LatticeId id, uint32_t level, uint32_t target) {
    const Model& model = run_.model(side);
    std::vector<uint32_t> sources;
    for (ComponentId c : model.components.ids()) {
      if (model.components[c].labels[id.value] == level) {
        sources.push_back(a_.components.joint(side, c));
      }
    }
    PolicyChange change;
    change.kind = ChangeKind::LabelFlow;
    change.what =
        fmt::format("{} ~> {}", model.lattices[id].levels[level].name, name(side, target));
    change.path = shortest(side, sources, target, id);
    const std::string meaning = change.what;
    finish(side, std::move(change), meaning);
  }

  DiffRun& run_;
  const Alignment& a_;
  std::set<JointTransfer> edges_[2];
  bool open_ = false;
  bool maybe_ = false;
};

}  // namespace

FlowsAre diff_flows(DiffRun& run) { return FlowDiff(run).run(); }

}  // namespace bh
