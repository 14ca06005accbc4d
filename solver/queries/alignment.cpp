#include "solver/queries/alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace bh {

namespace {

constexpr uint32_t Incompatible = UINT32_MAX;

template <class Id, class T>
std::unordered_map<std::string_view, Id> by_name(const Store<Id, T>& store) {
  std::unordered_map<std::string_view, Id> result;
  for (Id id : store.ids()) result.emplace(store[id].name, id);
  return result;
}

// Joint numbers from pairs: `before_of` has, by `after`'s id, the one of `before` or none.
template <class Id>
Joined<Id> join(size_t before, const std::vector<Id>& before_of) {
  Joined<Id> result;
  for (uint32_t i = 0; i < before; ++i) result.before.push_back(Id(i));
  result.after.resize(before);
  for (uint32_t i = 0; i < before_of.size(); ++i) {
    if (before_of[i].valid()) {
      result.after[before_of[i].value] = Id(i);
      result.of_after.push_back(before_of[i].value);
    } else {
      result.of_after.push_back(static_cast<uint32_t>(result.before.size()));
      result.before.push_back({});
      result.after.push_back(Id(i));
    }
  }
  return result;
}

std::vector<bool> taken(size_t before, const auto& before_of) {
  std::vector<bool> result(before, false);
  for (const auto id : before_of) {
    if (id.valid()) result[id.value] = true;
  }
  return result;
}

}  // namespace

std::string print(const Renamed& renamed) {
  static constexpr const char* Kinds[] = {"component", "endpoint",   "interface", "method",
                                          "parameter", "enumerator", "lattice",   "level",
                                          "rule",      "release",    "protocol",  "property"};
  return fmt::format("{} '{}' is now '{}'", Kinds[static_cast<size_t>(renamed.kind)],
                     renamed.before, renamed.after);
}

IntervalSet WordMatch::to_joint(DiffSide side, uint32_t joint_word, const IntervalSet& set) const {
  if (side == DiffSide::Before || of_after[joint_word].empty()) return set;
  std::vector<Interval> mapped;
  const std::vector<uint64_t>& of = of_after[joint_word];
  for (uint64_t word = 0; word < of.size(); ++word) {
    if (set.contains(word)) mapped.push_back({of[word], of[word]});
  }
  return IntervalSet(std::move(mapped));
}

IntervalSet WordMatch::from_joint(DiffSide side, uint32_t joint_word,
                                  const IntervalSet& set) const {
  if (side == DiffSide::Before || of_after[joint_word].empty()) return set;
  std::vector<Interval> mapped;
  const std::vector<uint64_t>& of = of_after[joint_word];
  for (uint64_t word = 0; word < of.size(); ++word) {
    if (set.contains(of[word])) mapped.push_back({word, word});
  }
  return IntervalSet(std::move(mapped));
}

Alignment::Alignment(const Model& before, const Model& after, const Refused& refused)
    : before_(before), after_(after) {
  match_lattices();
  match_interfaces();
  match_components(refused);
  match_endpoints();
}

void Alignment::rename(RenamedKind kind, const std::string& before, const std::string& after) {
  const Renamed next{kind, before, after};
  if (std::find(renamed.begin(), renamed.end(), next) == renamed.end()) renamed.push_back(next);
}

// ---- labels -------------------------------------------------------------------------------------

// A lattice that only one side names is a renamed one if it orders as many levels alike.
static bool orders_alike(const Lattice& a, const Lattice& b) {
  return a.kind == b.kind && a.levels.size() == b.levels.size() && a.below == b.below;
}

void Alignment::match_lattices() {
  const auto names = by_name(before_.lattices);
  std::vector<LatticeId> before_of;
  for (const Lattice& lattice : after_.lattices) {
    const auto found = names.find(lattice.name);
    before_of.push_back(found == names.end() ? LatticeId() : found->second);
  }
  std::vector<bool> used = taken(before_.lattices.size(), before_of);
  for (LatticeId id : after_.lattices.ids()) {
    for (LatticeId old : before_.lattices.ids()) {
      if (before_of[id.value].valid() || used[old.value]) continue;
      if (!orders_alike(before_.lattices[old], after_.lattices[id])) continue;
      before_of[id.value] = old;
      used[old.value] = true;
      rename(RenamedKind::Lattice, before_.lattices[old].name, after_.lattices[id].name);
    }
  }
  lattices = join(before_.lattices.size(), before_of);
  for (LatticeId id : after_.lattices.ids()) {
    const std::vector<Level>& ours = after_.lattices[id].levels;
    std::vector<uint32_t>& list = levels.emplace_back(ours.size(), Unmatched);
    if (!before_of[id.value].valid()) continue;
    const Lattice& old = before_.lattices[before_of[id.value]];
    const auto index_in = [](const std::vector<Level>& all, const std::string& name) {
      const auto at = std::find_if(all.begin(), all.end(),
                                   [&](const Level& level) { return level.name == name; });
      return static_cast<uint32_t>(at - all.begin());
    };
    for (uint32_t i = 0; i < ours.size(); ++i) {
      const uint32_t at = index_in(old.levels, ours[i].name);
      if (at < old.levels.size()) list[i] = at;
      // Renamed in its place.
      if (at == old.levels.size() && orders_alike(old, after_.lattices[id]) &&
          index_in(ours, old.levels[i].name) == ours.size()) {
        list[i] = i;
        rename(RenamedKind::Level, old.levels[i].name, ours[i].name);
      }
    }
  }
}

// ---- interfaces, methods, words -----------------------------------------------------------------

bool Alignment::same_shape(const Method& before, const Method& after) const {
  const auto alike = [&](const std::vector<Parameter>& a, const std::vector<Parameter>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const Parameter& x, const Parameter& y) {
                        const Type& s = before_.types[x.type];
                        const Type& t = after_.types[y.type];
                        return x.name == y.name && s.kind == t.kind && s.domain == t.domain;
                      });
  };
  return before.kind == after.kind && alike(before.parameters, after.parameters) &&
         alike(before.results, after.results);
}

void Alignment::match_interfaces() {
  const auto names = by_name(before_.interfaces);
  for (const Interface& interface : after_.interfaces) {
    const auto found = names.find(interface.name);
    interface_of_.push_back(found == names.end() ? InterfaceId() : found->second);
  }
  std::vector<bool> used = taken(before_.interfaces.size(), interface_of_);
  const auto alike = [&](const Interface& a, const Interface& b) {
    return std::equal(a.methods.begin(), a.methods.end(), b.methods.begin(), b.methods.end(),
                      [&](MethodId x, MethodId y) {
                        return before_.methods[x].name == after_.methods[y].name &&
                               same_shape(before_.methods[x], after_.methods[y]);
                      });
  };
  for (InterfaceId id : after_.interfaces.ids()) {
    for (InterfaceId old : before_.interfaces.ids()) {
      if (interface_of_[id.value].valid() || used[old.value]) continue;
      if (!alike(before_.interfaces[old], after_.interfaces[id])) continue;
      interface_of_[id.value] = old;
      used[old.value] = true;
      rename(RenamedKind::Interface, before_.interfaces[old].name, after_.interfaces[id].name);
    }
  }
}

// Adds the next joint word; false when values of the types cannot be compared.
bool Alignment::match_types(const Type& before, const Type& after, WordMatch& to) {
  if (before.kind != after.kind) return false;
  std::vector<uint64_t>& of = to.of_after.emplace_back();
  if (before.kind == TypeKind::Enum && before.enumerators != after.enumerators) {
    const auto& old = before.enumerators;
    const auto& now = after.enumerators;
    uint64_t next = old.size();
    for (size_t i = 0; i < now.size(); ++i) {
      const auto at = std::find(old.begin(), old.end(), now[i]);
      const bool renamed_here = at == old.end() && old.size() == now.size() &&
                                std::find(now.begin(), now.end(), old[i]) == now.end();
      if (renamed_here) rename(RenamedKind::Enumerator, old[i], now[i]);
      of.push_back(renamed_here      ? i
                   : at == old.end() ? next++
                                     : static_cast<uint64_t>(at - old.begin()));
    }
    bool identity = true;
    for (uint64_t i = 0; i < of.size(); ++i) identity = identity && of[i] == i;
    if (identity) of.clear();
    to.same = to.same && identity;
  }
  to.same = to.same && before.domain == after.domain;
  const auto word = static_cast<uint32_t>(to.domains.size());
  to.domains.push_back(before.domain | to.to_joint(DiffSide::After, word, after.domain));
  return true;
}

std::optional<WordMatch> Alignment::match_words(const Method& before, const Method& after) {
  const size_t count = before.parameters.size();
  if (before.kind != after.kind || count != after.parameters.size()) return std::nullopt;
  const auto find = [](const std::vector<Parameter>& all, const std::string& name) {
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const Parameter& p) { return p.name == name; });
    return static_cast<uint32_t>(at - all.begin());
  };
  WordMatch result;
  for (uint32_t i = 0; i < count; ++i) {
    const std::string& name = before.parameters[i].name;
    uint32_t at = find(after.parameters, name);
    if (at == count) {  // renamed in its place, or another one
      if (find(before.parameters, after.parameters[i].name) != count) return std::nullopt;
      at = i;
    }
    result.place.push_back(at);
    result.same = result.same && at == i;
    const Type& old = before_.types[before.parameters[i].type];
    if (!match_types(old, after_.types[after.parameters[at].type], result)) return std::nullopt;
    if (name != after.parameters[at].name) {
      rename(RenamedKind::Parameter, before.name + "." + name,
             after.name + "." + after.parameters[at].name);
    }
  }
  return result;
}

uint32_t Alignment::own_words(const Model& model, MethodId method) {
  const DiffSide side = &model == &before_ ? DiffSide::Before : DiffSide::After;
  const auto key =
      side == DiffSide::Before ? std::pair{method, MethodId()} : std::pair{MethodId(), method};
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  WordMatch own;
  for (uint32_t i = 0; i < model.methods[method].parameters.size(); ++i) {
    own.place.push_back(i);
    own.of_after.emplace_back();
    own.domains.push_back(model.types[model.methods[method].parameters[i].type].domain);
  }
  matches_.push_back(std::move(own));
  return known_[key] = static_cast<uint32_t>(matches_.size() - 1);
}

uint32_t Alignment::match_methods(MethodId before, MethodId after) {
  const auto [known, is_new] = known_.try_emplace({before, after}, Incompatible);
  if (!is_new) return known->second;
  const size_t told = renamed.size();
  uint32_t at = Incompatible;
  if (auto match = match_words(before_.methods[before], after_.methods[after])) {
    at = static_cast<uint32_t>(matches_.size());
    matches_.push_back(std::move(*match));
  } else {
    renamed.resize(told);
  }
  return known->second = at;
}

// ---- who there is -------------------------------------------------------------------------------

// What a component has to share with another one to be taken for the same under a new name.
std::string Alignment::shape(DiffSide side, ComponentId id, bool endpoint_names) const {
  const Model& m = model(side);
  const Component& component = m.components[id];
  std::string text = component.kind == ComponentKind::Object ? "object" : "component";
  for (LatticeId lattice : m.lattices.ids()) {
    uint32_t level = component.labels[lattice.value];
    if (side == DiffSide::After) level = levels[lattice.value][level];
    text += fmt::format(" {}:{}", lattices.joint(side, lattice), level);
  }
  for (EndpointId endpoint : component.endpoints) {
    const Endpoint& e = m.endpoints[endpoint];
    const InterfaceId interface =
        side == DiffSide::Before ? e.interface : interface_of_[e.interface.value];
    text += fmt::format(" {}:{}:{}", endpoint_names ? e.name : "", interface.value,
                        static_cast<int>(e.role));
  }
  return text;
}

void Alignment::match_components(const Refused& refused) {
  const auto names = by_name(before_.components);
  std::vector<ComponentId> before_of;
  for (const Component& component : after_.components) {
    const auto found = names.find(component.name);
    before_of.push_back(found == names.end() ? ComponentId() : found->second);
  }
  for (const bool endpoint_names : {true, false}) {
    const std::vector<bool> used = taken(before_.components.size(), before_of);
    std::map<std::string, std::vector<ComponentId>> gone;  // last first
    for (size_t i = before_.components.size(); i-- > 0;) {
      const ComponentId id(static_cast<uint32_t>(i));
      if (!used[i]) gone[shape(DiffSide::Before, id, endpoint_names)].push_back(id);
    }
    if (gone.empty()) break;
    for (ComponentId id : after_.components.ids()) {
      if (before_of[id.value].valid()) continue;
      const auto found = gone.find(shape(DiffSide::After, id, endpoint_names));
      if (found == gone.end() || found->second.empty()) continue;
      const ComponentId old = found->second.back();
      found->second.pop_back();
      const std::string& was = before_.components[old].name;
      const std::string& is = after_.components[id].name;
      if (refused.contains({was, is})) continue;
      before_of[id.value] = old;
      rename(RenamedKind::Component, was, is);
    }
  }
  components = join(before_.components.size(), before_of);
}

void Alignment::match_endpoints() {
  std::vector<EndpointId> before_of(after_.endpoints.size());
  for (ComponentId id : after_.components.ids()) {
    const ComponentId old = components.before[components.of_after[id.value]];
    if (!old.valid()) continue;
    std::vector<EndpointId> left = before_.components[old].endpoints;
    std::vector<EndpointId> unnamed;
    for (EndpointId endpoint : after_.components[id].endpoints) {
      const Endpoint& e = after_.endpoints[endpoint];
      const auto at = std::find_if(left.begin(), left.end(), [&](EndpointId other) {
        return before_.endpoints[other].name == e.name && before_.endpoints[other].role == e.role;
      });
      if (at == left.end()) {
        unnamed.push_back(endpoint);
      } else {
        before_of[endpoint.value] = *at;
        left.erase(at);
      }
    }
    for (EndpointId endpoint : unnamed) {
      const Endpoint& e = after_.endpoints[endpoint];
      const auto at = std::find_if(left.begin(), left.end(), [&](EndpointId other) {
        const Endpoint& o = before_.endpoints[other];
        return o.role == e.role && o.interface == interface_of_[e.interface.value];
      });
      if (at == left.end()) continue;
      before_of[endpoint.value] = *at;
      rename(RenamedKind::Endpoint,
             before_.components[old].name + "." + before_.endpoints[*at].name,
             after_.components[id].name + "." + e.name);
      left.erase(at);
    }
  }
  endpoints = join(before_.endpoints.size(), before_of);
  operations = join(before_.operations.size(), std::vector<OperationId>());
  operations.of_after.assign(after_.operations.size(), 0);
  match_of_.assign(before_.operations.size(), Incompatible);
  for (EndpointId endpoint : after_.endpoints.ids()) {
    match_operations(before_of[endpoint.value], endpoint);
  }
  for (OperationId op : before_.operations.ids()) {
    if (match_of_[op.value] == Incompatible) {
      match_of_[op.value] = own_words(before_, before_.operations[op].method);
    }
  }
}

void Alignment::match_operations(EndpointId before, EndpointId after) {
  static const std::vector<OperationId> None;
  std::vector<OperationId> left = before.valid() ? before_.endpoints[before].operations : None;
  std::vector<OperationId> unnamed;
  const auto add_one_sided = [&](OperationId op) {
    operations.of_after[op.value] = static_cast<uint32_t>(operations.size());
    operations.before.push_back({});
    operations.after.push_back(op);
    match_of_.push_back(own_words(after_, after_.operations[op].method));
  };
  const auto pair = [&](OperationId old, OperationId op, uint32_t match) {
    operations.of_after[op.value] = old.value;
    operations.after[old.value] = op;
    match_of_[old.value] = match;
    std::erase(left, old);
  };
  for (OperationId op : after_.endpoints[after].operations) {
    const auto at = std::find_if(left.begin(), left.end(), [&](OperationId old) {
      return before_.method_of(old).name == after_.method_of(op).name;
    });
    if (at == left.end()) {
      unnamed.push_back(op);
      continue;
    }
    const OperationId old = *at;
    const uint32_t match =
        match_methods(before_.operations[old].method, after_.operations[op].method);
    if (match != Incompatible) {
      pair(old, op, match);
      continue;
    }
    changed_parameters.emplace_back(old, op);
    std::erase(left, old);
    add_one_sided(op);
  }
  // A method that only one side names is a renamed one if it stands in the same place.
  const auto place = [](const Model& model, OperationId op) {
    const std::vector<OperationId>& all = model.endpoint_of(op).operations;
    return std::pair(all.size(), std::find(all.begin(), all.end(), op) - all.begin());
  };
  for (OperationId op : unnamed) {
    const auto at = std::find_if(left.begin(), left.end(), [&](OperationId old) {
      return same_shape(before_.method_of(old), after_.method_of(op)) &&
             place(before_, old) == place(after_, op);
    });
    if (at == left.end()) {
      add_one_sided(op);
      continue;
    }
    const OperationId old = *at;
    rename(RenamedKind::Method, print(before_, old), print(after_, op));
    pair(old, op, match_methods(before_.operations[old].method, after_.operations[op].method));
  }
}

}  // namespace bh
