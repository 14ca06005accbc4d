// Which names of one policy are which of another: what makes their requests comparable.
//
// Things are matched by their names; what only one policy names is one-sided, unless it can be told
// that it was renamed. Numbers that are the same for both policies are called joint: first all of
// `before` in its own order, then what only `after` has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/model.h"

namespace bh {

enum class DiffSide : uint8_t { Before, After };

template <class Id>
struct Joined {
  std::vector<Id> before;  // by joint number; invalid where there is none
  std::vector<Id> after;
  std::vector<uint32_t> of_after;  // joint number by id; of `before` the id itself is it

  size_t size() const { return before.size(); }
  Id at(DiffSide side, uint32_t joint) const {
    return side == DiffSide::Before ? before[joint] : after[joint];
  }
  uint32_t joint(DiffSide side, Id id) const {
    return side == DiffSide::Before ? id.value : of_after[id.value];
  }
  bool on_both(uint32_t joint) const { return before[joint].valid() && after[joint].valid(); }
};

// How the words of one method's requests are the words of the other's. Joint words come in the
// order of `before`'s parameters; of an enumeration joint are the indices of `before`, then the
// enumerators that only `after` has.
struct WordMatch {
  bool same = true;                             // words are equal as they stand, domains too
  std::vector<uint32_t> place;                  // by joint word: which parameter of `after`
  std::vector<std::vector<uint64_t>> of_after;  // by joint word, by `after`'s word: the joint one;
                                                // empty: they are equal
  std::vector<IntervalSet> domains;             // joint

  // A set of one side's words as joint ones, and back (what the side cannot say is left out).
  IntervalSet to_joint(DiffSide side, uint32_t joint_word, const IntervalSet& set) const;
  IntervalSet from_joint(DiffSide side, uint32_t joint_word, const IntervalSet& set) const;
  uint32_t place_of(DiffSide side, uint32_t joint_word) const {
    return side == DiffSide::Before ? joint_word : place[joint_word];
  }
};

enum class RenamedKind : uint8_t {
  Component,
  Endpoint,
  Interface,
  Method,
  Parameter,
  Enumerator,
  Lattice,
  Level,
  Rule,
  Release,
  Protocol,
  Property,
};

struct Renamed {
  RenamedKind kind;
  std::string before;
  std::string after;
  bool operator==(const Renamed&) const = default;
};

// "component 'Parser' is now 'Decoder'"
std::string print(const Renamed& renamed);

class Alignment {
 public:
  // Pairs of component names that are not to be taken for renamed.
  using Refused = std::set<std::pair<std::string, std::string>>;

  Alignment(const Model& before, const Model& after, const Refused& refused = {});

  const Model& model(DiffSide side) const { return side == DiffSide::Before ? before_ : after_; }

  Joined<ComponentId> components;
  Joined<EndpointId> endpoints;
  Joined<OperationId> operations;
  Joined<LatticeId> lattices;
  std::vector<std::vector<uint32_t>> levels;  // by `after`'s lattice, by its level: the level of
                                              // `before`; Unmatched: there is none
  static constexpr uint32_t Unmatched = UINT32_MAX;

  // Of a joint operation; of a one-sided one the words are that side's own.
  const WordMatch& words(uint32_t operation) const { return matches_[match_of_[operation]]; }

  std::vector<Renamed> renamed;  // in declaration order of `before` within a kind
  // Operations that both name, with parameters that cannot be compared: two joint numbers each.
  std::vector<std::pair<OperationId, OperationId>> changed_parameters;

 private:
  void match_interfaces();
  void match_components(const Refused& refused);
  void match_lattices();
  void match_endpoints();
  void match_operations(EndpointId before, EndpointId after);
  uint32_t match_methods(MethodId before, MethodId after);
  std::optional<WordMatch> match_words(const Method& before, const Method& after);
  bool match_types(const Type& before, const Type& after, WordMatch& to);
  uint32_t own_words(const Model& model, MethodId method);
  bool same_shape(const Method& before, const Method& after) const;
  void rename(RenamedKind kind, const std::string& before, const std::string& after);
  std::string shape(DiffSide side, ComponentId id, bool endpoint_names) const;

  const Model& before_;
  const Model& after_;
  std::vector<InterfaceId> interface_of_;  // by `after`'s interface: `before`'s
  std::vector<WordMatch> matches_;
  std::vector<uint32_t> match_of_;                           // by joint operation
  std::map<std::pair<MethodId, MethodId>, uint32_t> known_;  // place in matches_
};

}  // namespace bh
