#include "targets/selinux/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace bh::selinux {
namespace {

std::vector<TypeSet> turned_round(const std::vector<TypeSet>& edges) {
  std::vector<TypeSet> turned(edges.size(), TypeSet(edges.size()));
  for (uint32_t from = 0; from < edges.size(); ++from) {
    for (uint32_t to : edges[from].numbers()) turned[to].add(from);
  }
  return turned;
}

}  // namespace

Numbers TypeSet::numbers() const {
  Numbers all;
  for (size_t word = 0; word < words_.size(); ++word) {
    for (uint64_t rest = words_[word]; rest != 0; rest &= rest - 1)
      all.push_back(static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(rest))));
  }
  return all;
}

size_t TypeSet::size() const {
  size_t all = 0;
  for (uint64_t word : words_) all += static_cast<size_t>(std::popcount(word));
  return all;
}

FlowGraph::FlowGraph(const Policy& policy, const FlowMap& map)
    : policy_(policy),
      directions_(map.directions(policy)),
      to_(policy.types.size(), TypeSet(policy.types.size())) {
  Relation relation(policy, AccessKind::Allow, InForce::Sometimes);
  for (uint32_t source = 0; source < policy.types.size(); ++source) {
    for (const Cell& cell : relation.row(source)) {
      const Directions& d = directions_[cell.object_class];
      if ((cell.permissions & d.writes) != 0) to_[source].add(cell.target);
      if ((cell.permissions & d.reads) != 0) to_[cell.target].add(source);
    }
  }
  for (uint32_t type = 0; type < policy.types.size(); ++type) {
    if (!policy.types[type].permissive) continue;
    for (uint32_t other = 0; other < policy.types.size(); ++other) {
      to_[type].add(other);
      to_[other].add(type);
    }
  }
  for (uint32_t type = 0; type < policy.types.size(); ++type) to_[type].remove(type);
}

// Calls `visit` with each type of the set that was not seen before, in order; now it is.
template <class Visit>
static void each_new(const TypeSet& set, TypeSet& seen, Visit visit) {
  const std::vector<uint64_t>& words = set.words();
  for (size_t word = 0; word < words.size(); ++word) {
    uint64_t fresh = words[word] & ~seen.words()[word];
    seen.words()[word] |= fresh;
    for (; fresh != 0; fresh &= fresh - 1)
      visit(static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(fresh))));
  }
}

std::optional<Numbers> FlowGraph::path(const TypeSet& from, const TypeSet& to,
                                       const TypeSet& gates) const {
  std::vector<uint32_t> came_from(to_.size(), None);
  TypeSet seen = from;
  Numbers open = from.numbers();
  const auto there = std::ranges::find_if(open, [&](uint32_t type) { return to.has(type); });
  if (there != open.end()) return Numbers{*there};
  for (size_t next = 0; next < open.size(); ++next) {
    const uint32_t at = open[next];
    const bool start = came_from[at] == None;
    if (!start && gates.has(at)) continue;
    uint32_t arrived = None;
    each_new(to_[at], seen, [&](uint32_t type) {
      came_from[type] = at;
      open.push_back(type);
      if (arrived == None && to.has(type)) arrived = type;
    });
    if (arrived == None) continue;
    Numbers chain = {arrived};
    while (came_from[chain.back()] != None) chain.push_back(came_from[chain.back()]);
    std::ranges::reverse(chain);
    return chain;
  }
  return std::nullopt;
}

std::vector<uint32_t> FlowGraph::search(const TypeSet& from,
                                        const std::vector<TypeSet>& edges) const {
  std::vector<uint32_t> distance(edges.size(), None);
  TypeSet seen = from;
  Numbers open = from.numbers();
  for (uint32_t type : open) distance[type] = 0;
  for (size_t next = 0; next < open.size(); ++next) {
    const uint32_t at = open[next];
    each_new(edges[at], seen, [&](uint32_t type) {
      distance[type] = distance[at] + 1;
      open.push_back(type);
    });
  }
  return distance;
}

std::vector<uint32_t> FlowGraph::distances(const TypeSet& from) const { return search(from, to_); }

std::vector<uint32_t> FlowGraph::distances_to(const TypeSet& to) const {
  if (from_.empty()) from_ = turned_round(to_);
  return search(to, from_);
}

std::string FlowGraph::explain(uint32_t from, uint32_t to) const {
  for (const bool writing : {true, false}) {
    const uint32_t source = writing ? from : to;
    const uint32_t target = writing ? to : from;
    uint32_t first = None;  // the first class that moves data
    for (const AccessRule& rule : policy_.access) {
      const Directions& moving = directions_[rule.object_class];
      if (rule.kind == AccessKind::Allow && rule.object_class < first &&
          (rule.permissions & (writing ? moving.writes : moving.reads)) != 0 &&
          policy_.contains(rule.source, source) && policy_.contains(rule.target, target))
        first = rule.object_class;
    }
    if (first == None) continue;
    const Directions& moving = directions_[first];
    return granting_rules(policy_, source, target, first, writing ? moving.writes : moving.reads)
        .front();
  }
  for (uint32_t type : {from, to}) {
    if (policy_.types[type].permissive)
      return fmt::format("{} is permissive: nothing is enforced for it", policy_.types[type].name);
  }
  return "";
}

bool is_unconfined(const Policy& policy, uint32_t type) {
  const auto at = std::ranges::find(policy.attributes, UnconfinedAttribute, &Attribute::name);
  return at != policy.attributes.end() && std::ranges::binary_search(at->types, type);
}

std::vector<std::string> granting_rules(const Policy& policy, uint32_t source, uint32_t target,
                                        uint32_t object_class, uint32_t permissions) {
  std::vector<std::string> rules;
  for (const AccessRule& rule : policy.access) {
    if (rule.kind != AccessKind::Allow || rule.object_class != object_class ||
        (rule.permissions & permissions) == 0 || !policy.contains(rule.source, source) ||
        !policy.contains(rule.target, target))
      continue;
    const Class& c = policy.classes[object_class];
    rules.push_back(fmt::format(
        "allow {} {} : {} {{ {} }}{}", policy.set_name(rule.source), policy.set_name(rule.target),
        c.name, print_permissions(c, rule.permissions & permissions), print(policy, rule.branch)));
  }
  std::ranges::sort(rules);
  return rules;
}

}  // namespace bh::selinux
