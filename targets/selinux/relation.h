// The access relation of a policy: what its rules come to, type by type. A row is worked out when
// it is asked for; the whole relation of a distribution's policy has millions of cells and is never
// held.
//
// Type enforcement only: constraints, roles and users take away from it, see
// targets/selinux/decide.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "targets/selinux/policy.h"

namespace bh::selinux {

// Which rules count.
enum class InForce : uint8_t {
  Always,     // those without a condition
  Sometimes,  // all: there are values of the booleans for each
  Standard,   // those in force with the booleans' standard values
};

// A cell that is not empty. A row lists them by target, then class.
struct Cell {
  uint32_t target = 0;
  uint32_t object_class = 0;
  uint32_t permissions = 0;
  bool operator==(const Cell&) const = default;
};

class Relation {
 public:
  // `policy` must outlive the relation.
  Relation(const Policy& policy, AccessKind kind, InForce in_force);

  // What the type, as a source, is given by rules for itself and for its attributes. Valid until
  // the next call.
  std::span<const Cell> row(uint32_t source);

  uint32_t permissions(uint32_t source, uint32_t target, uint32_t object_class);

  // The attributes that a type has, as sets, itself first.
  std::span<const SetId> sets_of(uint32_t type) const;

 private:
  struct Entry {
    SetId target;
    uint32_t object_class;
    uint32_t permissions;
  };
  void add(uint32_t target, const Entry& entry);

  const Policy& policy_;
  std::vector<std::vector<SetId>> sets_;       // by type
  std::vector<std::vector<Entry>> by_source_;  // by SetId
  std::vector<uint32_t> cells_;                // by target, class: the row that is being made
  std::vector<uint64_t> touched_;              // a bit for each of them
  std::vector<Cell> row_;
};

}  // namespace bh::selinux
