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

void Walk::put(const Value& value, FunctionId owner, SlotId to) {
  for (const Atom& atom : value.alternatives) {
    switch (atom.kind) {
      case AtomKind::Function:
        slots_.hold(to, atom.text);
        break;
      case AtomKind::Slot:
        slots_.flow(slot(atom.text, owner), to);
        if (is_lasting(atom.text) && slots_.name(to).starts_with("param:"))
          slots_.stand_for(to, atom);
        break;
      case AtomKind::Result:
        if (program_.defined(atom.text).empty()) result_of_outside(atom.text, to);
        for (FunctionId body : program_.defined(atom.text)) slots_.flow(slot("return", body), to);
        break;
      case AtomKind::Unknown:
        slots_.hold_unknown(to);
        break;
      case AtomKind::Constant:
      case AtomKind::Text:
      case AtomKind::Address:
        slots_.hold_constant(to, atom);
        if (atom.kind == AtomKind::Address) slots_.stand_for(to, atom);
        break;
    }
  }
}

void Walk::result_of_outside(const std::string& function, SlotId to) {
  bool fresh = function == "malloc" || function == "calloc" || function == "strdup";
  if (fresh)
    slots_.hold_constant(to, {AtomKind::Constant, "", 0});
  else
    slots_.hold_unknown(to);
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

Value Walk::variables_of(const Value& value, FunctionId owner) {
  std::set<Atom> found;
  for (const Atom& atom : value.alternatives) {
    bool named =
        atom.kind == AtomKind::Address || (atom.kind == AtomKind::Slot && is_lasting(atom.text));
    bool parameter = atom.kind == AtomKind::Slot && atom.text.starts_with("param:");
    if (named) found.insert(atom);
    if (!named && (!parameter || (owner.valid() && is_entry(owner)))) found.insert(Atom{});
    if (!parameter) continue;
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
