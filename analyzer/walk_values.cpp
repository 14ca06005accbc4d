// What slots may hold.
#include "analyzer/walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

SlotId Walk::slot(const std::string& name, FunctionId owner) {
  bool inner = name.starts_with("param:") || name.starts_with("local:") || name == "return";
  if (!inner) return slots_.id(name);
  std::string where = owner.valid() ? program_.functions()[owner].fact->definition : "=";
  return slots_.id(name + " of " + where);
}

void Walk::put(const Value& value, FunctionId owner, SlotId to, const Place& at) {
  for (const Atom& atom : value.alternatives) {
    if (is_inner(slots_.name(to))) stand_for(atom, owner, to);
    switch (atom.kind) {
      case AtomKind::Function:
        slots_.hold(to, atom.text);
        break;
      case AtomKind::Slot:
        slots_.flow(slot(atom.text, owner), to);
        break;
      case AtomKind::Result:
        if (program_.defined(atom.text).empty()) result_of_outside(atom.text, to, at);
        for (FunctionId body : program_.defined(atom.text)) slots_.flow(slot("return", body), to);
        break;
      case AtomKind::Unknown:
        slots_.hold_unknown(to, {at, ""});
        break;
      case AtomKind::Constant:
      case AtomKind::Text:
      case AtomKind::Address:
        slots_.hold_constant(to, atom);
        break;
    }
  }
}

// Which variable a parameter or local is another name of. Of a null pointer or -1: of none.
void Walk::stand_for(const Atom& atom, FunctionId owner, SlotId to) {
  const bool slot_of_own = atom.kind == AtomKind::Slot && is_inner(atom.text);
  const bool none = atom.kind == AtomKind::Constant && (atom.number == 0 || atom.number == -1);
  if (atom.kind == AtomKind::Address || (atom.kind == AtomKind::Slot && is_lasting(atom.text)))
    slots_.stand_for(to, atom);
  else if (!none && !(slot_of_own && is_followed(atom.text, owner)))
    slots_.stand_for(to, Atom{});
}

// Parameters are given what their callers pass; of locals only some stores are recorded.
bool Walk::is_followed(const std::string& inner, FunctionId owner) const {
  if (!owner.valid()) return false;
  const std::vector<const StoreFact*>& stores = program_.functions()[owner].owned.stores;
  return inner.starts_with("param:") ||
         std::any_of(stores.begin(), stores.end(),
                     [&](const StoreFact* store) { return store->slot == inner; });
}

void Walk::called_from_elsewhere(FunctionId function) {
  constexpr size_t MostParameters = 32;
  if (!before_) return;  // there everything calls everything
  for (size_t i = 0; i < MostParameters; ++i)
    slots_.stand_for(slot(fmt::format("param:{}", i), function), Atom{});
}

void Walk::result_of_outside(const std::string& function, SlotId to, const Place& at) {
  bool fresh = function == "malloc" || function == "calloc" || function == "strdup";
  if (fresh)
    slots_.hold_constant(to, {AtomKind::Constant, "", 0});
  else
    slots_.hold_unknown(to, {at, function});
}

Value Walk::constants_of(const Value& value, FunctionId owner) {
  std::set<Atom> found;
  for (const Atom& atom : value.alternatives) {
    if (atom.kind == AtomKind::Slot) {
      add_constants(slot(atom.text, owner), found);
      bool parameter = atom.text.starts_with("param:");
      if (parameter && owner.valid() && is_entry(owner)) found.insert(Atom{});
    } else if (atom.kind == AtomKind::Result) {
      const std::vector<FunctionId>& bodies = program_.defined(atom.text);
      if (bodies.empty()) found.insert(Atom{});
      for (FunctionId body : bodies) add_constants(slot("return", body), found);
    } else {
      found.insert(atom);
    }
  }
  return {{found.begin(), found.end()}};
}

bool Walk::is_lasting(const std::string& slot) {
  return slot.starts_with("global:") || slot.starts_with("field:");
}

bool Walk::is_inner(const std::string& slot) {
  return slot.starts_with("param:") || slot.starts_with("local:");
}

Value Walk::variables_of(const Value& value, FunctionId owner) {
  std::set<Atom> found;
  for (const Atom& atom : value.alternatives) {
    bool named =
        atom.kind == AtomKind::Address || (atom.kind == AtomKind::Slot && is_lasting(atom.text));
    bool inner = atom.kind == AtomKind::Slot && is_inner(atom.text);
    if (named) found.insert(atom);
    if (!named && !inner) found.insert(Atom{});
    if (!inner) continue;
    const std::set<Atom>& stands = slots_.stands_for(slot(atom.text, owner));
    if (stands.empty()) found.insert(Atom{});
    found.insert(stands.begin(), stands.end());
  }
  return {{found.begin(), found.end()}};
}

void Walk::work_out(ReachedCall& call) {
  auto watched = options_.watched.find(plain_name(call.callee));
  if (watched == options_.watched.end()) return;
  FunctionId caller = call.step.caller;
  for (uint32_t i = 0; i < call.arguments->size(); ++i) {
    const Value& argument = (*call.arguments)[i];
    const bool by_variable = watched->second.by_variable.contains(i);
    call.values.push_back(by_variable ? variables_of(argument, caller)
                                      : constants_of(argument, caller));
  }
  for (const std::string& field : watched->second.fields) {
    std::set<Atom> found;
    for (const StoreFact* store : program_.functions()[caller].owned.stores) {
      if (store->slot != "field:" + field || !pruner_.live(store->owner, store->block)) continue;
      Value stored = store->how == StoreHow::Assign ? constants_of(store->value, caller) : Value{};
      found.insert(stored.alternatives.begin(), stored.alternatives.end());
    }
    if (found.empty()) add_constants(slots_.id("field:" + field), found);
    call.fields[field] = {{found.begin(), found.end()}};
  }
}

void Walk::add_constants(SlotId slot, std::set<Atom>& found) const {
  const std::set<Atom>& constants = slots_.constants(slot);
  bool more = slots_.unknown(slot) || slots_.many_constants(slot) || constants.empty();
  if (more) found.insert(Atom{});
  if (!slots_.many_constants(slot)) found.insert(constants.begin(), constants.end());
}

bool Walk::is_entry(FunctionId function) const {
  return std::find(options_.entries.begin(), options_.entries.end(), function) !=
         options_.entries.end();
}

}  // namespace bh
