// The parts of a diff of two policies that share their numbering. Private to diff*.cpp.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "targets/selinux/align.h"
#include "targets/selinux/diff.h"

namespace bh::selinux {

enum Version : size_t { Before, After };

// Both policies, and what all parts ask about them.
struct Pair {
  std::array<const Policy*, 2> policies;
  const Shared* shared = nullptr;
  const std::array<Origins, 2>* origins = nullptr;
  bool same_modules = false;  // both came as modules, by and large the same ones
  // By the attributes of each, in order: the attribute of the other policy that it is, as an index,
  // or None. An attribute is what has its name, or else its types.
  std::array<std::vector<uint32_t>, 2> partner;
  std::array<std::vector<std::vector<bool>>, 2> member;  // by attribute, type
  // By condition of each and whether it must hold: a number for what it means, from 1; equal
  // numbers, equal meaning.
  std::array<std::vector<std::array<uint32_t, 2>>, 2> layer;
  std::vector<std::string> layer_text;  // by layer; "" for 0, which is always
  std::vector<uint64_t> type_hash;      // of its name

  bool has_type(Version version, uint32_t type) const { return shared->types[version][type]; }
  uint32_t layer_of(Version version, Branch branch) const {
    return branch.conditional() ? layer[version][branch.expr][branch.holds ? 1 : 0] : 0;
  }
  // Of a declaration that only this version has: where, and the module if it is this version's
  // only.
  void locate(Version version, std::string_view what, const std::string& name, Change& to) const;
};

Pair pair_up(const Policy& before, const Policy& after, const Shared& shared,
             const std::array<Origins, 2>& origins);

// One difference between a source and a target; those that say the same are listed as one.
struct Line {
  std::string source;
  std::string target;
  std::string what;  // "file { read }"
  std::string how;
  std::string condition;  // " if a and b"
  Direction direction = Direction::Neither;
  uint64_t cells = 0;
  std::string example;
  uint64_t digest = 0;
  std::string where;  // "" where nobody knows
};

// Joins lines that differ in the source alone, then in the target alone, then in `what` alone.
void add_grouped(std::vector<Line> lines, ChangeOf of, std::vector<Change>& to);

void diff_access(const Pair& pair, AccessKind kind, Tally& tally, std::vector<Change>& to);
void diff_labelling(const Pair& pair, Diff& diff);
void diff_constraints(const Pair& pair, std::vector<Change>& to);
void diff_authority(const Pair& pair, Diff& diff);
void diff_vocabulary(const Pair& pair, Diff& diff);

}  // namespace bh::selinux
