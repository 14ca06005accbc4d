// Where data can go from type to type: the question that no neverallow can ask, since it speaks of
// one rule and not of a chain of them.
//
// Every rule counts whatever its booleans, and constraints are not looked at: what is not reached
// here is not reached. A permissive type counts as doing anything to anybody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "targets/selinux/flow_map.h"
#include "targets/selinux/policy.h"
#include "targets/selinux/relation.h"

namespace bh::selinux {

// Debian's and Fedora's attribute of types that may do nearly anything.
constexpr const char* UnconfinedAttribute = "unconfined_domain_type";
bool is_unconfined(const Policy& policy, uint32_t type);

// Types, one bit each.
class TypeSet {
 public:
  TypeSet() = default;
  explicit TypeSet(size_t types) : words_((types + 63) / 64) {}
  TypeSet(size_t types, const Numbers& members) : TypeSet(types) {
    for (uint32_t type : members) add(type);
  }
  void add(uint32_t type) { words_[type / 64] |= uint64_t{1} << (type % 64); }
  void remove(uint32_t type) { words_[type / 64] &= ~(uint64_t{1} << (type % 64)); }
  bool has(uint32_t type) const { return (words_[type / 64] >> (type % 64) & 1) != 0; }
  Numbers numbers() const;
  size_t size() const;
  const std::vector<uint64_t>& words() const { return words_; }
  std::vector<uint64_t>& words() { return words_; }

 private:
  std::vector<uint64_t> words_;
};

class FlowGraph {
 public:
  // Works through the whole access relation once; questions after that are quick. `policy` must
  // outlive the graph.
  FlowGraph(const Policy& policy, const FlowMap& map);

  bool flows(uint32_t from, uint32_t to) const { return to_[from].has(to); }
  // The types that data of `from` reaches in one step, itself left out.
  const TypeSet& direct(uint32_t from) const { return to_[from]; }

  // A shortest chain from one of the first to one of the others that goes through none of `gates`
  // in between; both ends included. Nothing when there is none. A type that is both is a chain by
  // itself.
  std::optional<Numbers> path(const TypeSet& from, const TypeSet& to, const TypeSet& gates) const;
  // All that data of `from` reaches, and in how many steps: 0 for `from`, None where it does not.
  std::vector<uint32_t> distances(const TypeSet& from) const;
  // All whose data reaches `to`.
  std::vector<uint32_t> distances_to(const TypeSet& to) const;

  const std::vector<Directions>& directions() const { return directions_; }
  // "foo_t -> bar_t : file { read }, by allow domain file_type:file { .. }": why data goes this
  // way.
  std::string explain(uint32_t from, uint32_t to) const;

 private:
  std::vector<uint32_t> search(const TypeSet& from, const std::vector<TypeSet>& edges) const;

  const Policy& policy_;
  std::vector<Directions> directions_;  // by class
  std::vector<TypeSet> to_;             // by type
  mutable std::vector<TypeSet> from_;   // made when first asked for
};

// "allow domain etc_t : file { getattr read } if b": the rules that give `permissions`, or some of
// them, in this cell.
std::vector<std::string> granting_rules(const Policy& policy, uint32_t source, uint32_t target,
                                        uint32_t object_class, uint32_t permissions);

}  // namespace bh::selinux
