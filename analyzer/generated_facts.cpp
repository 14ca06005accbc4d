#include "analyzer/generated_facts.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "analyzer/program.h"

namespace bh {
namespace {

using Names = std::unordered_set<std::string>;

bool is_generated(const FunctionFact& fact) {
  return std::find(fact.attributes.begin(), fact.attributes.end(), "generated") !=
         fact.attributes.end();
}

bool has_function(const Value& value) {
  return std::any_of(value.alternatives.begin(), value.alternatives.end(),
                     [](const Atom& atom) { return atom.kind == AtomKind::Function; });
}

bool is_constructor(const std::string& link_name) {
  const std::string name = plain_name(link_name);
  return last_name(name) == last_name(record_of_method(link_name)) &&
         name.find("::") != std::string::npos;
}

// The generated functions that matter, by link name.
Names functions_to_keep(const Facts& facts,
                        const std::unordered_map<std::string, std::string>& generated,
                        const Names& names) {
  std::vector<std::string> open;
  std::unordered_map<std::string, std::vector<std::string>> callers;
  auto keep = [&](const std::string& owner) {
    if (auto found = generated.find(owner); found != generated.end()) open.push_back(found->second);
  };
  for (const CallFact& call : facts.calls) {
    auto owner = generated.find(call.owner);
    if (owner == generated.end()) continue;
    if (names.contains(call.callee))
      callers[call.callee].push_back(owner->second);
    else
      open.push_back(owner->second);
  }
  for (const IndirectCallFact& call : facts.indirect_calls) keep(call.owner);
  for (const ReferenceFact& reference : facts.references)
    if (reference.target.kind == AtomKind::Function) keep(reference.owner);
  for (const StoreFact& store : facts.stores)
    if (has_function(store.value)) keep(store.owner);
  // Who handles one as a value or overrides with it keeps it.
  for (const ReferenceFact& reference : facts.references)
    if (names.contains(reference.target.text)) open.push_back(reference.target.text);
  for (const OverrideFact& fact : facts.overrides)
    if (names.contains(fact.method)) open.push_back(fact.method);
  // Which classes objects are made of decides where virtual calls lead.
  Names with_overrides;
  for (const OverrideFact& fact : facts.overrides) {
    with_overrides.insert(record_of_method(fact.method));
    with_overrides.insert(record_of_method(fact.base));
  }
  for (const std::string& name : names)
    if (is_constructor(name) && with_overrides.contains(record_of_method(name)))
      open.push_back(name);
  Names kept;
  while (!open.empty()) {
    std::string name = std::move(open.back());
    open.pop_back();
    if (!kept.insert(name).second) continue;
    if (auto found = callers.find(name); found != callers.end())
      open.insert(open.end(), found->second.begin(), found->second.end());
  }
  return kept;
}

}  // namespace

void drop_generated(Facts& facts) {
  std::unordered_map<std::string, std::string> generated;  // definition -> link name
  Names names;
  for (const FunctionFact& fact : facts.functions) {
    if (!is_generated(fact)) continue;
    generated.emplace(fact.definition, fact.name);
    names.insert(fact.name);
  }
  if (generated.empty()) return;
  const Names kept = functions_to_keep(facts, generated, names);
  auto dropped = [&](const std::string& owner) {
    auto found = generated.find(owner);
    return found != generated.end() && !kept.contains(found->second);
  };
  auto by_owner = [&](const auto& fact) { return dropped(fact.owner); };
  std::erase_if(facts.functions, [&](const auto& fact) { return dropped(fact.definition); });
  std::erase_if(facts.calls, [&](const CallFact& call) {
    const bool inner = generated.contains(call.owner) && names.contains(call.callee);
    return dropped(call.owner) || (inner && !kept.contains(call.callee));
  });
  std::erase_if(facts.indirect_calls, by_owner);
  std::erase_if(facts.stores, by_owner);
  std::erase_if(facts.references, by_owner);
  std::erase_if(facts.cases, by_owner);
  std::erase_if(facts.passes, [&](const auto& fact) { return generated.contains(fact.owner); });
  std::erase_if(facts.specials, by_owner);
  Names flows;
  auto note = [&](const std::string& block) { flows.insert(block.substr(0, block.find(':'))); };
  for (const CallFact& fact : facts.calls) note(fact.block);
  for (const IndirectCallFact& fact : facts.indirect_calls) note(fact.block);
  for (const StoreFact& fact : facts.stores) note(fact.block);
  for (const ReferenceFact& fact : facts.references) note(fact.block);
  for (const CaseFact& fact : facts.cases) note(fact.block);
  for (const PassFact& fact : facts.passes) note(fact.block);
  for (const SpecialFact& fact : facts.specials) note(fact.block);
  std::erase_if(facts.flows, [&](const FlowFact& flow) { return !flows.contains(flow.id); });
}

}  // namespace bh
