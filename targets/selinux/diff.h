// What another version of an SELinux policy changes in meaning.
//
// The access relations of both are compared cell by cell, every type against every other, and each
// cell that differs is put down to what was edited: a type that came or went, a type that joined or
// left an attribute, or a rule. A change is one such edit, however many cells it touches.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "targets/selinux/origins.h"
#include "targets/selinux/policy.h"

namespace bh::selinux {

enum class Direction : uint8_t { Wider, Narrower, Neither };

enum class ChangeOf : uint8_t {
  Access,      // what types may do
  Audit,       // auditallow and dontaudit: what leaves a record
  Labelling,   // type_transition and its like, range and role transitions
  Constraint,  // constrain, mlsconstrain, validatetrans, typebounds
  Authority,   // roles, users, permissive types
  Vocabulary,  // types, classes, permissions, booleans, levels that came or went
};

struct Change {
  ChangeOf of = ChangeOf::Access;
  Direction direction = Direction::Neither;
  // "sshd_t -> domain : process { sigkill }", "type bulk_new_t"
  std::string what;
  std::string how;      // "rule removed", "joined 'domain'"
  uint64_t cells = 0;   // (source, target, class) whose permissions differ because of it
  std::string example;  // the first of them: "sshd_t -> init_t : process { sigkill }"
  uint64_t digest = 0;  // of all of them, by their names, in any order
  std::vector<std::string> where = {};  // "ssh:246": where the modules say so, as far as known
  std::string module = {};              // of a declaration that came or went with this whole module
};

// How much came, went and differs, as sediff counts it: expanded, each condition by itself, without
// what is also granted unconditionally.
struct Tally {
  uint64_t added = 0;
  uint64_t removed = 0;
  uint64_t modified = 0;
  bool operator==(const Tally&) const = default;
};

struct Diff {
  std::vector<Change> changes;  // accesses first; wider before narrower, then by their text
  Tally allow, audit_allow, dont_audit;
  Tally types, attributes, bools, roles;
  Tally type_transitions, type_changes, type_members, role_transitions, range_transitions;
};

// Fails to be exact for no policy; returns an empty `changes` if and only if both mean the same.
// Takes copies, since it renumbers both. `comparable` is false where a class has more than 32
// permissions in both together. `origins`, of before and after, names the places of what came or
// went; what came or went with a whole module is one change.
Diff diff_policies(Policy before, Policy after, bool& comparable,
                   const std::array<Origins, 2>& origins = {});

}  // namespace bh::selinux
