#include <fmt/format.h>

#include <algorithm>

#include "targets/selinux/diff_parts.h"
#include "targets/selinux/print_labels.h"

namespace bh::selinux {
namespace {

// One expanded rule that decides a label: who, on what, and what comes of it.
struct LabelRule {
  uint32_t source = 0;  // a type; of role transitions a role
  uint32_t target = 0;  // a type
  std::string what;     // "type_transition process"; with `result` and condition all that it says
  std::string condition;
  std::string result;
  auto place() const { return std::tie(source, target, what, condition); }
  bool operator<(const LabelRule& other) const {
    return std::tie(source, target, what, condition, result) <
           std::tie(other.source, other.target, other.what, other.condition, other.result);
  }
};

enum class SourceIs : uint8_t { Type, Role };

class LabelDiff {
 public:
  LabelDiff(const Pair& pair, SourceIs source_is) : pair_(pair), source_is_(source_is) {}

  // Expands one rule of either policy.
  void add(Version version, const Numbers& sources, SetId targets, const LabelRule& rule) {
    Numbers one;
    for (uint32_t target : pair_.policies[version]->members(targets, one)) {
      for (uint32_t source : sources) {
        LabelRule& added = rules_[version].emplace_back(rule);
        added.source = source;
        added.target = target;
      }
    }
  }

  void finish(Tally& tally, std::vector<Line>& lines) {
    for (auto& all : rules_) {
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end(),
                            [](const LabelRule& a, const LabelRule& b) { return !(a < b); }),
                all.end());
    }
    size_t i = 0;
    size_t k = 0;
    const auto& was = rules_[Before];
    const auto& is = rules_[After];
    while (i < was.size() || k < is.size()) {
      const bool left = k == is.size() || (i < was.size() && was[i].place() <= is[k].place());
      const bool right = i == was.size() || (k < is.size() && is[k].place() <= was[i].place());
      if (left && right) {
        if (was[i].result != is[k].result) {
          ++tally.modified;
          add_line(Before, was[i], fmt::format("was {}, is {}", was[i].result, is[k].result),
                   lines);
        }
      } else {
        ++(left ? tally.removed : tally.added);
        const LabelRule& d = left ? was[i] : is[k];
        add_line(left ? Before : After, d, left ? "rule removed" : "rule added", lines);
      }
      if (left) ++i;
      if (right) ++k;
    }
  }

 private:
  // What came or went with a type is told with the type.
  void add_line(Version version, const LabelRule& d, std::string how, std::vector<Line>& lines) {
    const Version other = version == Before ? After : Before;
    if (!pair_.has_type(other, d.target)) return;
    if (source_is_ == SourceIs::Type && !pair_.has_type(other, d.source)) return;
    const Policy& policy = *pair_.policies[version];
    const bool changed = how.starts_with("was");
    Line line;
    line.source =
        source_is_ == SourceIs::Type ? policy.types[d.source].name : policy.roles[d.source].name;
    line.target = policy.types[d.target].name;
    line.what = changed ? d.what : fmt::format("{} {}", d.what, d.result);
    line.how = std::move(how);
    line.condition = d.condition;
    line.cells = 1;
    lines.push_back(std::move(line));
  }

  const Pair& pair_;
  SourceIs source_is_;
  std::array<std::vector<LabelRule>, 2> rules_;
};

void type_rules(const Pair& pair, TypeRuleKind kind, Tally& tally, std::vector<Line>& lines) {
  LabelDiff diff(pair, SourceIs::Type);
  Numbers one;
  for (const Version v : {Before, After}) {
    const Policy& policy = *pair.policies[v];
    for (const TypeRule& rule : policy.type_rules) {
      if (rule.kind != kind) continue;
      diff.add(v, policy.members(rule.source, one), rule.target,
               {0, 0, fmt::format("{} {}", keyword(kind), policy.classes[rule.object_class].name),
                pair.layer_text[pair.layer_of(v, rule.branch)], policy.types[rule.result].name});
    }
    if (kind != TypeRuleKind::Transition) continue;
    for (const NamedTransition& t : policy.named_transitions) {
      diff.add(
          v, t.sources, t.target,
          {0, 0,
           fmt::format("type_transition {} \"{}\"", policy.classes[t.object_class].name, t.name),
           "", policy.types[t.result].name});
    }
  }
  diff.finish(tally, lines);
}

void range_transitions(const Pair& pair, Tally& tally, std::vector<Line>& lines) {
  LabelDiff diff(pair, SourceIs::Type);
  Numbers one;
  for (const Version v : {Before, After}) {
    const Policy& policy = *pair.policies[v];
    for (const RangeTransition& t : policy.range_transitions) {
      diff.add(v, policy.members(t.source, one), t.target,
               {0, 0, fmt::format("range_transition {}", policy.classes[t.object_class].name), "",
                print(policy, t.range)});
    }
  }
  diff.finish(tally, lines);
}

void role_transitions(const Pair& pair, Tally& tally, std::vector<Line>& lines) {
  LabelDiff diff(pair, SourceIs::Role);
  for (const Version v : {Before, After}) {
    const Policy& policy = *pair.policies[v];
    for (const RoleTransition& t : policy.role_transitions) {
      diff.add(v, {t.role}, t.target,
               {0, 0, fmt::format("role_transition {}", policy.classes[t.object_class].name), "",
                policy.roles[t.result].name});
    }
  }
  diff.finish(tally, lines);
}

}  // namespace

void diff_labelling(const Pair& pair, Diff& diff) {
  std::vector<Line> lines;
  type_rules(pair, TypeRuleKind::Transition, diff.type_transitions, lines);
  type_rules(pair, TypeRuleKind::Change, diff.type_changes, lines);
  type_rules(pair, TypeRuleKind::Member, diff.type_members, lines);
  range_transitions(pair, diff.range_transitions, lines);
  role_transitions(pair, diff.role_transitions, lines);
  add_grouped(std::move(lines), ChangeOf::Labelling, diff.changes);
}

}  // namespace bh::selinux
