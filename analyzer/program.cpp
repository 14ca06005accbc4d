#include "analyzer/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analyzer/glob.h"

namespace bh {

// The signature is what stands in the last pair of brackets: `child()::(lambda)::operator()(int)
// const#0`.
std::string plain_name(std::string_view link_name) {
  std::string_view name = link_name.substr(0, link_name.find('@'));
  if (name.find('(') == std::string_view::npos) return std::string(name);
  size_t end = name.rfind(')');
  size_t depth = 0;
  for (size_t i = end == std::string_view::npos ? 0 : end + 1; i-- > 0;) {
    if (name[i] == ')') ++depth;
    if (name[i] == '(' && --depth == 0) return std::string(name.substr(0, i));
  }
  return std::string(name);
}

std::string_view without_arguments(std::string_view qualified) {
  if (!qualified.ends_with('>') || qualified.ends_with("operator>")) return qualified;
  size_t depth = 0;
  for (size_t i = qualified.size(); i-- > 0;) {
    if (qualified[i] == '>') ++depth;
    if (qualified[i] == '<' && --depth == 0) return qualified.substr(0, i);
  }
  return qualified;
}

std::string_view last_name(std::string_view qualified) {
  size_t depth = 0, from = 0;
  for (size_t i = qualified.size(); i-- > 0 && from == 0;) {
    if (qualified[i] == '>') ++depth;
    if (qualified[i] == '<' && depth > 0) --depth;
    if (depth == 0 && qualified[i] == ':') from = i + 1;
  }
  return without_arguments(qualified.substr(from));
}

std::string record_of_method(std::string_view link_name) {
  std::string name = plain_name(link_name);
  size_t depth = 0;
  for (size_t i = name.size(); i-- > 1;) {
    if (name[i] == '>') ++depth;
    if (name[i] == '<' && depth > 0) --depth;
    if (depth == 0 && name[i] == ':' && name[i - 1] == ':') return name.substr(0, i - 1);
  }
  return "";
}

std::string plain_slot(std::string_view slot) {
  if (slot.starts_with("field:")) return std::string(slot.substr(6));
  size_t colon = slot.find(':');
  return colon == std::string_view::npos ? std::string(slot) : plain_name(slot.substr(colon + 1));
}

std::string in_words(const Atom& atom) {
  const std::string_view text = atom.text;
  switch (atom.kind) {
    case AtomKind::Slot:
      if (text.starts_with("param:")) return fmt::format("arg {}", text.substr(6));
      return plain_slot(text);
    case AtomKind::Address:
      return "&" + plain_slot(text);
    case AtomKind::Result:
      return plain_name(text) + "()";
    case AtomKind::Function:
      return plain_name(text);
    case AtomKind::Constant:
      return text.empty() ? fmt::format("{}", atom.number) : std::string(text);
    case AtomKind::Text:
      return print(atom);
    case AtomKind::Unknown:
      break;
  }
  return "a computed value";
}

std::string in_words(const Value& value) {
  std::vector<std::string> words;
  for (const Atom& atom : value.alternatives) words.push_back(in_words(atom));
  return fmt::format("{}", fmt::join(words, " or "));
}

bool has(const std::vector<std::string>& attributes, std::string_view attribute) {
  return std::find(attributes.begin(), attributes.end(), attribute) != attributes.end();
}

Program::Program(const Facts& facts, const std::vector<std::string>& sources) : facts_(facts) {
  for (const UnitFact& unit : facts.units) {
    bool inside = std::any_of(sources.begin(), sources.end(), [&](const std::string& glob) {
      return glob_matches(glob, unit.path);
    });
    unit_files_[unit.path] = inside;
    if (inside) units_.push_back(&unit);
  }
  for (const FunctionFact& function : facts.functions) {
    if (!contains(function.at.file) || by_definition_.contains(function.definition)) continue;
    FunctionId id = functions_.add({&function, {}});
    by_definition_[function.definition] = id;
    by_name_[function.name].push_back(id);
  }
  distribute(facts.calls, &OwnedFacts::calls);
  distribute(facts.indirect_calls, &OwnedFacts::indirect_calls);
  distribute(facts.stores, &OwnedFacts::stores);
  distribute(facts.references, &OwnedFacts::references);
  distribute(facts.cases, &OwnedFacts::cases);
  distribute(facts.passes, &OwnedFacts::passes);
  distribute(facts.specials, &OwnedFacts::specials);
  for (const GlobalFact& global : facts.globals)
    if (contains(global.at.file) && has(global.attributes, "dynamic"))
      dynamic_.push_back(global.name);
  for (const OverrideFact& fact : facts.overrides) overriders_[fact.base].push_back(fact.method);
  for (const auto& [global, owned] : initialisers_) note_made(owned);
  for (const ProgramFunction& function : functions_) {
    note_made(function.owned);
    for (const IndirectCallFact* call : function.owned.indirect_calls) note_reads(call->through);
    for (const StoreFact* store : function.owned.stores) note_reads(store->value);
    for (const CallFact* call : function.owned.calls)
      for (const Value& argument : call->arguments) note_reads(argument);
  }
}

template <class Fact>
void Program::distribute(const std::vector<Fact>& from, std::vector<const Fact*> OwnedFacts::* to) {
  for (const Fact& fact : from) {
    if (!contains(fact.at.file)) continue;
    if (fact.owner.starts_with("=")) {
      (initialisers_[fact.owner.substr(1)].*to).push_back(&fact);
      continue;
    }
    auto owner = by_definition_.find(fact.owner);
    if (owner != by_definition_.end()) (functions_[owner->second].owned.*to).push_back(&fact);
  }
}

void Program::note_reads(const Value& value) {
  for (const Atom& atom : value.alternatives)
    if (atom.kind == AtomKind::Slot) read_slots_.insert(atom.text);
}

static std::string record_of(const std::string& field) { return field.substr(0, field.rfind('.')); }

void Program::note_made(const OwnedFacts& owned) {
  for (const StoreFact* store : owned.stores)
    if (store->how == StoreHow::Assign && store->slot.starts_with("field:"))
      made_records_.insert(record_of(store->slot.substr(6)));
}

bool Program::makes(const std::string& field) const {
  return made_records_.contains(record_of(field));
}

bool Program::contains(const std::string& file) const {
  auto unit = unit_files_.find(file);
  return unit == unit_files_.end() || unit->second;
}

const std::vector<FunctionId>& Program::defined(const std::string& link_name) const {
  static const std::vector<FunctionId> none;
  auto found = by_name_.find(link_name);
  return found == by_name_.end() ? none : found->second;
}

std::optional<FunctionId> Program::definition(const std::string& owner) const {
  auto found = by_definition_.find(owner);
  return found == by_definition_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<FunctionId> Program::named(std::string_view name) const {
  std::vector<FunctionId> found;
  for (FunctionId id : functions_.ids()) {
    const FunctionFact& fact = *functions_[id].fact;
    if (fact.definition == name || fact.name == name || plain_name(fact.name) == name)
      found.push_back(id);
  }
  return found;
}

bool Program::has_global(std::string_view name) const {
  return std::any_of(facts_.globals.begin(), facts_.globals.end(), [&](const GlobalFact& global) {
    return contains(global.at.file) && (global.name == name || plain_name(global.name) == name);
  });
}

const std::vector<std::string>& Program::overriders(const std::string& method) const {
  static const std::vector<std::string> none;
  auto found = overriders_.find(method);
  return found == overriders_.end() ? none : found->second;
}

const OwnedFacts& Program::initialiser(const std::string& global) const {
  static const OwnedFacts none;
  auto found = initialisers_.find(global);
  return found == initialisers_.end() ? none : found->second;
}

}  // namespace bh
