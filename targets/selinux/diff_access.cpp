#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/base/hash.h"
#include "targets/selinux/diff_parts.h"
#include "targets/selinux/relation.h"

namespace bh::selinux {
namespace {

// A cell under a condition. Layer 0: always.
struct LayerCell {
  uint32_t layer = 0;
  Cell cell;
};

bool before(const LayerCell& a, const LayerCell& b) {
  return std::tie(a.layer, a.cell.target, a.cell.object_class) <
         std::tie(b.layer, b.cell.target, b.cell.object_class);
}

struct LayerRule {
  SetId target;
  uint32_t object_class;
  uint32_t permissions;
  uint32_t layer;
};

// One of the two policies: its rows with what each condition adds to them, and the rules
// themselves.
class Side {
 public:
  Side(const Pair& pair, Version version, AccessKind kind)
      : policy_(*pair.policies[version]),
        always_(policy_, kind, InForce::Always),
        rules_(policy_.types.size() + policy_.attributes.size()) {
    for (const AccessRule& rule : policy_.access) {
      if (rule.kind != kind) continue;
      rules_[rule.source].push_back(
          {rule.target, rule.object_class, rule.permissions, pair.layer_of(version, rule.branch)});
    }
  }

  std::span<const Cell> always(uint32_t source) { return always_.row(source); }
  std::span<const SetId> sets_of(uint32_t type) const { return always_.sets_of(type); }
  const std::vector<LayerRule>& rules(SetId source) const { return rules_[source]; }

  // What rules under conditions give the source, by layer, target and class.
  std::vector<LayerCell> conditional(uint32_t source) const {
    std::vector<LayerCell> cells;
    Numbers one;
    for (SetId set : always_.sets_of(source)) {
      for (const LayerRule& rule : rules_[set]) {
        if (rule.layer == 0) continue;
        for (uint32_t target : policy_.members(rule.target, one))
          cells.push_back({rule.layer, {target, rule.object_class, rule.permissions}});
      }
    }
    std::ranges::sort(cells, before);
    size_t kept = 0;
    for (const LayerCell& cell : cells) {
      if (kept > 0 && !before(cells[kept - 1], cell))
        cells[kept - 1].cell.permissions |= cell.cell.permissions;
      else
        cells[kept++] = cell;
    }
    cells.resize(kept);
    return cells;
  }

 private:
  const Policy& policy_;
  Relation always_;
  std::vector<std::vector<LayerRule>> rules_;  // by source
};

uint32_t granted(std::span<const Cell> row, uint32_t target, uint32_t object_class) {
  const auto at =
      std::ranges::lower_bound(row, std::pair(target, object_class), {},
                               [](const Cell& c) { return std::pair(c.target, c.object_class); });
  const bool found = at != row.end() && at->target == target && at->object_class == object_class;
  return found ? at->permissions : 0;
}

// Takes from conditional cells what is granted unconditionally too.
void subtract(std::vector<LayerCell>& cells, std::span<const Cell> always) {
  for (LayerCell& c : cells) {
    c.cell.permissions &= ~granted(always, c.cell.target, c.cell.object_class);
  }
  std::erase_if(cells, [](const LayerCell& c) { return c.cell.permissions == 0; });
}

// What made a permission of a cell come or go.
struct Origin {
  enum Kind : uint8_t { TypeItself, Membership, Rule } kind = Rule;
  Version version = Before;  // which policy has what the other has not
  uint32_t first = 0;        // TypeItself, Membership: the type. Rule: its source set
  uint32_t second = 0;       // Membership: the attribute's set. Rule: its target set
  uint32_t object_class = 0;
  uint32_t layer = 0;
  auto operator<=>(const Origin&) const = default;
};

struct Effect {
  uint32_t permissions = 0;
  uint64_t cells = 0;
  uint64_t last_cell = ~uint64_t{0};
  std::string example;
  uint64_t digest = 0;
};

class AccessDiff {
 public:
  AccessDiff(const Pair& pair, AccessKind kind, Tally& tally)
      : pair_(pair),
        tally_(tally),
        sides_{Side(pair, Before, kind), Side(pair, After, kind)},
        kind_(kind) {}

  void run() {
    const auto types = static_cast<uint32_t>(pair_.policies[Before]->types.size());
    for (uint32_t source = 0; source < types; ++source) {
      source_ = source;
      std::array<std::vector<LayerCell>, 2> conditional = {sides_[Before].conditional(source),
                                                           sides_[After].conditional(source)};
      const std::array<std::span<const Cell>, 2> always = {sides_[Before].always(source),
                                                           sides_[After].always(source)};
      compare_always(always[Before], always[After]);
      for (const Version v : {Before, After}) subtract(conditional[v], always[v]);
      compare_conditional(conditional[Before], conditional[After]);
      explain(always);
    }
  }

  void report(std::vector<Change>& to) const {
    std::vector<Line> lines;
    for (const auto& [origin, effect] : effects_) {
      if (origin.kind == Origin::Rule) lines.push_back(rule_line(origin, effect));
    }
    add_grouped(std::move(lines), of(), to);
    for (const auto& [origin, effect] : effects_) {
      if (origin.kind == Origin::Membership) to.push_back(membership(origin, effect));
    }
    if (kind_ == AccessKind::Allow) {
      for (const auto& [origin, effect] : effects_) {
        if (origin.kind == Origin::TypeItself) to.push_back(type_itself(origin, effect));
      }
    } else {
      for (const Version version : {After, Before}) add_types_together(version, to);
    }
  }

 private:
  ChangeOf of() const { return kind_ == AccessKind::Allow ? ChangeOf::Access : ChangeOf::Audit; }

  void count(uint32_t was, uint32_t is) {
    ++(was == 0 ? tally_.added : is == 0 ? tally_.removed : tally_.modified);
  }

  // Keeps what differs for `explain`.
  void differs(uint32_t layer, const Cell& at, uint32_t was, uint32_t is) {
    if (was == is) return;
    count(was, is);
    changed_.push_back({layer, at.target, at.object_class, was & ~is, is & ~was});
  }

  void compare_always(std::span<const Cell> was, std::span<const Cell> is) {
    size_t i = 0;
    size_t k = 0;
    while (i < was.size() || k < is.size()) {
      const auto place = [](const Cell& c) { return uint64_t{c.target} << 32 | c.object_class; };
      const uint64_t left = i < was.size() ? place(was[i]) : ~uint64_t{0};
      const uint64_t right = k < is.size() ? place(is[k]) : ~uint64_t{0};
      const Cell& at = left <= right ? was[i] : is[k];
      differs(0, at, left <= right ? was[i].permissions : 0, right <= left ? is[k].permissions : 0);
      if (left <= right) ++i;
      if (right <= left) ++k;
    }
  }

  void compare_conditional(const std::vector<LayerCell>& was, const std::vector<LayerCell>& is) {
    size_t i = 0;
    size_t k = 0;
    while (i < was.size() || k < is.size()) {
      const bool take_left = k == is.size() || (i < was.size() && !before(is[k], was[i]));
      const bool take_right = i == was.size() || (k < is.size() && !before(was[i], is[k]));
      const LayerCell& at = take_left ? was[i] : is[k];
      differs(at.layer, at.cell, take_left ? was[i].cell.permissions : 0,
              take_right ? is[k].cell.permissions : 0);
      if (take_left) ++i;
      if (take_right) ++k;
    }
  }

  // Puts each permission that came or went down to what made it do so.
  void explain(const std::array<std::span<const Cell>, 2>& always) {
    for (const Version version : {Before, After}) {
      wanted_.clear();
      for (const Changed& c : changed_) {
        uint32_t bits = version == Before ? c.gone : c.come;
        // What a condition no longer grants because it is granted anyway is no loss.
        if (c.layer != 0) bits &= ~granted(always[other(version)], c.target, c.object_class);
        if (bits == 0) continue;
        if (!pair_.has_type(other(version), source_)) {
          note({Origin::TypeItself, version, source_, 0, 0, 0}, c, bits);
        } else if (!pair_.has_type(other(version), c.target)) {
          note({Origin::TypeItself, version, c.target, 0, 0, 0}, c, bits);
        } else {
          wanted_[place(c.layer, c.target, c.object_class)] = bits;
        }
      }
      if (!wanted_.empty()) explain_by_rules(version);
    }
    changed_.clear();
  }

  struct Changed {
    uint32_t layer, target, object_class;
    uint32_t gone, come;
  };

  static uint64_t place(uint32_t layer, uint32_t target, uint32_t object_class) {
    return uint64_t{layer} << 40 | uint64_t{target} << 16 | object_class;
  }
  static Version other(Version version) { return version == Before ? After : Before; }

  void explain_by_rules(Version version) {
    const Policy& policy = *pair_.policies[version];
    Numbers one;
    for (SetId set : sides_[version].sets_of(source_)) {
      for (const LayerRule& rule : sides_[version].rules(set)) {
        for (uint32_t target : policy.members(rule.target, one)) {
          const auto at = wanted_.find(place(rule.layer, target, rule.object_class));
          if (at == wanted_.end() || (at->second & rule.permissions) == 0) continue;
          note(origin_of(version, set, target, rule), {rule.layer, target, rule.object_class, 0, 0},
               at->second & rule.permissions);
        }
      }
    }
  }

  // Why the other policy does not grant what this rule does: type by type, then the rule itself.
  Origin origin_of(Version version, SetId source_set, uint32_t target,
                   const LayerRule& rule) const {
    const auto left = [&](SetId set, uint32_t type) {
      const size_t types = pair_.policies[version]->types.size();
      if (set < types) return false;
      const uint32_t partner = pair_.partner[version][set - types];
      return partner != None && !pair_.member[other(version)][partner][type];
    };
    if (left(source_set, source_)) return {Origin::Membership, version, source_, source_set, 0, 0};
    if (left(rule.target, target)) return {Origin::Membership, version, target, rule.target, 0, 0};
    return {Origin::Rule, version, source_set, rule.target, rule.object_class, rule.layer};
  }

  void note(const Origin& origin, const Changed& c, uint32_t bits) {
    Effect& effect = effects_[origin];
    effect.permissions |= bits;
    const uint64_t cell = uint64_t{source_} << 44 ^ place(c.layer, c.target, c.object_class);
    if (effect.last_cell == cell) return;
    effect.last_cell = cell;
    effect.digest += digest(c, bits);
    if (effect.cells++ == 0) effect.example = print(origin.version, c, bits);
  }

  uint64_t digest(const Changed& c, uint32_t bits) const {
    uint64_t hash = pair_.type_hash[source_] * 3 + pair_.type_hash[c.target];
    hash ^= fnv1a(pair_.policies[Before]->classes[c.object_class].name);
    hash += fnv1a(pair_.layer_text[c.layer]) ^ bits;
    hash *= 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
  }

  std::string print(Version version, const Changed& c, uint32_t bits) const {
    const Policy& policy = *pair_.policies[version];
    const Class& object_class = policy.classes[c.object_class];
    return fmt::format("{} -> {} : {} {{ {} }}", policy.types[source_].name,
                       policy.types[c.target].name, object_class.name,
                       print_permissions(object_class, bits));
  }

  // dontaudit takes a record away; the other two give something.
  static Direction direction(Version version) {
    return version == After ? Direction::Wider : Direction::Narrower;
  }

  Line rule_line(const Origin& origin, const Effect& effect) const {
    const Policy& policy = *pair_.policies[origin.version];
    const Class& object_class = policy.classes[origin.object_class];
    Line line;
    line.source = policy.set_name(origin.first);
    line.target = policy.set_name(origin.second);
    line.what = fmt::format("{}{} {{ {} }}", word(), object_class.name,
                            print_permissions(object_class, effect.permissions));
    line.how = fmt::format("rule {}", origin.version == After ? "added" : "removed");
    line.condition = pair_.layer_text[origin.layer];
    line.direction = direction(origin.version);
    line.cells = effect.cells;
    line.example = effect.example;
    line.digest = effect.digest;
    const Origins& origins = (*pair_.origins)[origin.version];
    line.where = origins.print(
        origins.rule(kind_, line.source, line.target, policy.classes[origin.object_class].name));
    return line;
  }

  std::string word() const {
    return kind_ == AccessKind::Allow ? "" : fmt::format("{} ", keyword(kind_));
  }

  Change membership(const Origin& origin, const Effect& effect) const {
    const Policy& policy = *pair_.policies[origin.version];
    return {of(),
            direction(origin.version),
            fmt::format("{}{} in {}", word(), policy.types[origin.first].name,
                        policy.set_name(origin.second)),
            origin.version == After ? "joined the attribute" : "left the attribute",
            effect.cells,
            effect.example,
            effect.digest};
  }

  Change type_itself(const Origin& origin, const Effect& effect) const {
    const std::string& name = pair_.policies[origin.version]->types[origin.first].name;
    Change change{of(),
                  direction(origin.version),
                  "type " + name,
                  origin.version == After ? "added, with what may be done by and to it"
                                          : "removed, with what could be done by and to it",
                  effect.cells,
                  effect.example,
                  effect.digest};
    pair_.locate(origin.version, "type", name, change);
    return change;
  }

  // What is audited of types that came or went is no edit of its own.
  void add_types_together(Version version, std::vector<Change>& to) const {
    Change all{of(), direction(version), "", "", 0, "", 0};
    size_t types = 0;
    for (const auto& [origin, effect] : effects_) {
      if (origin.kind != Origin::TypeItself || origin.version != version) continue;
      ++types;
      if (all.cells == 0) all.example = effect.example;
      all.cells += effect.cells;
      all.digest += effect.digest;
    }
    if (types == 0) return;
    all.what = fmt::format("{}of {} {} type{}", word(), types, version == After ? "new" : "removed",
                           types == 1 ? "" : "s");
    all.how = version == After ? "added with them" : "removed with them";
    to.push_back(std::move(all));
  }

  const Pair& pair_;
  Tally& tally_;
  std::array<Side, 2> sides_;
  AccessKind kind_;
  uint32_t source_ = 0;
  std::vector<Changed> changed_;                   // of this source
  std::unordered_map<uint64_t, uint32_t> wanted_;  // of this source and version: not yet explained
  std::map<Origin, Effect> effects_;
};

}  // namespace

void diff_access(const Pair& pair, AccessKind kind, Tally& tally, std::vector<Change>& to) {
  AccessDiff diff(pair, kind, tally);
  diff.run();
  diff.report(to);
}

}  // namespace bh::selinux
