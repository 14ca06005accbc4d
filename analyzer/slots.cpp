#include "analyzer/slots.h"

namespace bh {

SlotId Slots::id(const std::string& name) {
  auto [at, added] = ids_.try_emplace(name);
  if (added) {
    at->second = slots_.add(Slot{});
    slots_[at->second].name = name;
  }
  return at->second;
}

void Slots::hold(SlotId slot, const std::string& function) {
  std::vector<SlotId> open = {slot};
  while (!open.empty()) {
    SlotId at = open.back();
    open.pop_back();
    if (!slots_[at].functions.insert(function).second) continue;
    ++version_;
    open.insert(open.end(), slots_[at].readers.begin(), slots_[at].readers.end());
  }
}

void Slots::hold_unknown(SlotId slot, const Origin& from) {
  std::vector<SlotId> open = {slot};
  while (!open.empty()) {
    Slot& at = slots_[open.back()];
    open.pop_back();
    if (at.unknown) continue;
    at.unknown = from;
    ++version_;
    open.insert(open.end(), at.readers.begin(), at.readers.end());
  }
}

void Slots::hold_constant(SlotId slot, const Atom& constant) {
  std::vector<SlotId> open = {slot};
  while (!open.empty()) {
    Slot& at = slots_[open.back()];
    open.pop_back();
    if (at.many || !at.constants.insert(constant).second) continue;
    at.many = at.constants.size() > MaxConstants;
    ++version_;
    open.insert(open.end(), at.readers.begin(), at.readers.end());
  }
}

void Slots::stand_for(SlotId slot, const Atom& variable) {
  std::vector<SlotId> open = {slot};
  while (!open.empty()) {
    Slot& at = slots_[open.back()];
    open.pop_back();
    const bool full = at.variables.size() > MaxConstants;
    if (full || !at.variables.insert(variable).second) continue;
    if (at.variables.size() > MaxConstants) at.variables.insert(Atom{});
    ++version_;
    open.insert(open.end(), at.readers.begin(), at.readers.end());
  }
}

void Slots::flow(SlotId from, SlotId to) {
  if (from == to || !slots_[from].readers.insert(to).second) return;
  ++version_;
  slots_[to].writers.insert(from);
  if (const std::optional<Origin> unknown = slots_[from].unknown) hold_unknown(to, *unknown);
  const std::set<Atom> constants = slots_[from].constants;
  for (const Atom& constant : constants) hold_constant(to, constant);
  const std::set<Atom> variables = slots_[from].variables;
  for (const Atom& variable : variables) stand_for(to, variable);
  std::set<std::string> functions = slots_[from].functions;
  for (const std::string& function : functions) hold(to, function);
}

}  // namespace bh
