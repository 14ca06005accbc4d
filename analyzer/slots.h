// Which functions and constants a slot may hold: sets that only grow, flowing along edges
// (inclusion-based, one slot for all objects of a record).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/id.h"
#include "core/facts/facts.h"

namespace bh {

using SlotId = StrongId<struct SlotTag>;

// Where something that is not followed got into a slot first: by this call or store.
struct Origin {
  Place at;
  std::string result_of;  // link name of a function outside of the program; "" for what is stored
};

class Slots {
 public:
  static constexpr size_t MaxConstants = 64;

  SlotId id(const std::string& name);
  const std::string& name(SlotId slot) const { return slots_[slot].name; }

  void hold(SlotId slot, const std::string& function);
  void hold_unknown(SlotId slot, const Origin& from);  // something that is not followed
  // A constant: no function. Of more than MaxConstants the slot only remembers that there are many.
  void hold_constant(SlotId slot, const Atom& constant);
  // The slot may be another name of this variable: a Slot or an Address. Of more than MaxConstants
  // it may be anything (Unknown is among them).
  void stand_for(SlotId slot, const Atom& variable);
  void flow(SlotId from, SlotId to);

  const std::set<std::string>& functions(SlotId slot) const { return slots_[slot].functions; }
  const std::optional<Origin>& unknown(SlotId slot) const { return slots_[slot].unknown; }
  const std::set<Atom>& constants(SlotId slot) const { return slots_[slot].constants; }
  const std::set<Atom>& stands_for(SlotId slot) const { return slots_[slot].variables; }
  bool many_constants(SlotId slot) const { return slots_[slot].many; }
  // What flows into it at once.
  const std::set<SlotId>& writers(SlotId slot) const { return slots_[slot].writers; }
  // Grows with every change of any set.
  uint64_t version() const { return version_; }

 private:
  struct Slot {
    std::string name;
    std::set<std::string> functions;
    std::set<Atom> constants;
    std::set<Atom> variables;
    std::set<SlotId> readers;
    std::set<SlotId> writers;
    std::optional<Origin> unknown;
    bool many = false;
  };

  Store<SlotId, Slot> slots_;
  std::unordered_map<std::string, SlotId> ids_;
  uint64_t version_ = 0;
};

}  // namespace bh
