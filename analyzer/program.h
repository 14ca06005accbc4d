// The facts of one linked program: the translation units that a component's `sources` name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/id.h"
#include "core/facts/facts.h"

namespace bh {

using FunctionId = StrongId<struct FunctionTag>;

// What one owner (a function, or the initialiser of a variable) does.
struct OwnedFacts {
  std::vector<const CallFact*> calls;
  std::vector<const IndirectCallFact*> indirect_calls;
  std::vector<const StoreFact*> stores;
  std::vector<const ReferenceFact*> references;
  std::vector<const CaseFact*> cases;
  std::vector<const PassFact*> passes;
  std::vector<const SpecialFact*> specials;
};

struct ProgramFunction {
  const FunctionFact* fact = nullptr;
  OwnedFacts owned;
};

// Refers to the facts it was made from. Functions are ordered by definition.
class Program {
 public:
  // A file belongs to the program when it is a unit that one of the globs matches, or no unit (a
  // header).
  Program(const Facts& facts, const std::vector<std::string>& sources);

  const Facts& facts() const { return facts_; }
  const std::vector<const UnitFact*>& units() const { return units_; }
  const Store<FunctionId, ProgramFunction>& functions() const { return functions_; }
  // Definitions by link name. More than one when the globs name files of several programs.
  const std::vector<FunctionId>& defined(const std::string& link_name) const;
  // The function whose body an owner names; nothing for initialisers and other programs' code.
  std::optional<FunctionId> definition(const std::string& owner) const;
  // Definitions by the name that a person writes: `f`, `ns::f`, or with its file `f@src/a.c`.
  std::vector<FunctionId> named(std::string_view name) const;
  bool has_global(std::string_view name) const;
  // Variables whose initialisers run as code before main, by link name, sorted.
  const std::vector<std::string>& initialised_by_code() const { return dynamic_; }
  // Of a variable's initialiser (by link name); empty when it has none here.
  const OwnedFacts& initialiser(const std::string& global) const;
  // Whether anything in the program calls through the slot or copies it elsewhere.
  bool is_read(const std::string& slot) const { return read_slots_.contains(slot); }
  // Whether it stores into any field of the record of this field ("Record.field").
  bool makes(const std::string& field) const;
  // Methods that override this one directly (link names).
  const std::vector<std::string>& overriders(const std::string& method) const;
  // False for the files of other programs.
  bool contains(const std::string& file) const;

 private:
  template <class Fact>
  void distribute(const std::vector<Fact>& from, std::vector<const Fact*> OwnedFacts::* to);
  void note_reads(const Value& value);
  void note_made(const OwnedFacts& owned);

  const Facts& facts_;
  std::vector<const UnitFact*> units_;
  std::unordered_map<std::string, bool> unit_files_;  // path -> is part of the program
  Store<FunctionId, ProgramFunction> functions_;
  std::unordered_map<std::string, FunctionId> by_definition_;
  std::unordered_map<std::string, std::vector<FunctionId>> by_name_;
  std::unordered_map<std::string, OwnedFacts> initialisers_;
  std::vector<std::string> dynamic_;
  std::unordered_map<std::string, std::vector<std::string>> overriders_;
  std::unordered_set<std::string> read_slots_;
  std::unordered_set<std::string> made_records_;
};

bool has(const std::vector<std::string>& attributes, std::string_view attribute);

// The name that a person writes for a link name: without signature and file.
std::string plain_name(std::string_view link_name);
// The name that a person writes for a slot: "Record.field", a variable.
std::string plain_slot(std::string_view slot);
// "Record.field", "handler or arg 1", "dlsym()": what a person may call the value.
std::string in_words(const Atom& atom);
std::string in_words(const Value& value);
// "ns::Box<int>" of the link name "ns::Box<int>::put(int)"; "" when there is none.
std::string record_of_method(std::string_view link_name);
// "std::sort" of "std::sort<int *>".
std::string_view without_arguments(std::string_view qualified);
// "Box" of "ns::Box<ns::T>".
std::string_view last_name(std::string_view qualified);

}  // namespace bh
