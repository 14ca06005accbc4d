#include "targets/selinux/relation.h"

#include <bit>

namespace bh::selinux {
namespace {

constexpr size_t WordBits = 64;

bool counts(const Policy& policy, Branch branch, InForce in_force,
            const std::vector<bool>& standard) {
  if (!branch.conditional()) return true;
  switch (in_force) {
    case InForce::Always:
      return false;
    case InForce::Sometimes:
      return true;
    case InForce::Standard:
      return holds(policy.conditions[branch.expr], standard) == branch.holds;
  }
  return false;
}

}  // namespace

Relation::Relation(const Policy& policy, AccessKind kind, InForce in_force)
    : policy_(policy),
      sets_(policy.types.size()),
      by_source_(policy.types.size() + policy.attributes.size()),
      cells_(policy.types.size() * policy.classes.size()),
      touched_((cells_.size() + WordBits - 1) / WordBits) {
  for (uint32_t type = 0; type < policy.types.size(); ++type) sets_[type].push_back(type);
  for (size_t i = 0; i < policy.attributes.size(); ++i) {
    for (uint32_t type : policy.attributes[i].types)
      sets_[type].push_back(static_cast<SetId>(policy.types.size() + i));
  }
  std::vector<bool> standard;
  for (const Bool& b : policy.bools) standard.push_back(b.standard);
  for (const AccessRule& rule : policy.access) {
    if (rule.kind != kind || !counts(policy, rule.branch, in_force, standard)) continue;
    by_source_[rule.source].push_back({rule.target, rule.object_class, rule.permissions});
  }
}

void Relation::add(uint32_t target, const Entry& entry) {
  const size_t at = size_t{target} * policy_.classes.size() + entry.object_class;
  cells_[at] |= entry.permissions;
  touched_[at / WordBits] |= uint64_t{1} << (at % WordBits);
}

std::span<const Cell> Relation::row(uint32_t source) {
  for (SetId set : sets_[source]) {
    for (const Entry& entry : by_source_[set]) {
      if (policy_.is_type(entry.target)) {
        add(entry.target, entry);
      } else {
        for (uint32_t target : policy_.attributes[entry.target - policy_.types.size()].types)
          add(target, entry);
      }
    }
  }
  row_.clear();
  const size_t classes = policy_.classes.size();
  for (size_t word = 0; word < touched_.size(); ++word) {
    for (uint64_t rest = touched_[word]; rest != 0; rest &= rest - 1) {
      const size_t at = word * WordBits + static_cast<size_t>(std::countr_zero(rest));
      if (cells_[at] != 0) {
        row_.push_back(
            {static_cast<uint32_t>(at / classes), static_cast<uint32_t>(at % classes), cells_[at]});
      }
      cells_[at] = 0;
    }
    touched_[word] = 0;
  }
  return row_;
}

uint32_t Relation::permissions(uint32_t source, uint32_t target, uint32_t object_class) {
  uint32_t found = 0;
  for (SetId set : sets_[source]) {
    for (const Entry& entry : by_source_[set]) {
      if (entry.object_class != object_class || (entry.permissions & ~found) == 0) continue;
      for (SetId targets : sets_[target]) {
        if (targets == entry.target) found |= entry.permissions;
      }
    }
  }
  return found;
}

std::span<const SetId> Relation::sets_of(uint32_t type) const { return sets_[type]; }

}  // namespace bh::selinux
