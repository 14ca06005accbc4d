// What the code does, as a set of records. One extractor run over one translation unit (or any
// other program that writes the format of docs/facts.md) makes a Facts value; merging two is set
// union, so the order, the number of machines and repetition never matter.
//
// Names are strings that mean the same in every translation unit:
//   link name   `fatal`, `ns::f(int)`; with internal linkage `helper@src/log.c` (paths from the
//   root) definition  the link name, and always `@file`: `fatal@src/fatal.c` owner       the
//   definition whose body a record was found in, `=variable` for its initialiser, or
//               `=asm@file` for assembly outside of functions
//   slot        a place that holds a value: `field:Record.f`, `global:NAME` (a link name), and
//   inside
//               their owner `param:2`, `local:name`, `return`
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/source/place.h"

namespace bh {

// ---- values
// -------------------------------------------------------------------------------------------

enum class AtomKind : uint8_t {
  Unknown,   // anything
  Constant,  // `number`, and the enumerators or macros it was written with joined by '+':
             // "MON_ONCE+MON_AUTH"
  Text,      // a string literal, cut after 80 bytes
  Function,  // the link name of a function
  Slot,      // the present value of a slot
  Address,   // the address of a slot
  Result,    // what the function of that link name returned
};

struct Atom {
  AtomKind kind = AtomKind::Unknown;
  std::string text;
  int64_t number = 0;  // Constant only
  auto operator<=>(const Atom&) const = default;
};

// What an expression may be: one of the alternatives (`c ? f : g` has two). INVARIANT: not empty.
struct Value {
  std::vector<Atom> alternatives = {Atom{}};
  auto operator<=>(const Value&) const = default;
};

std::string print(const Atom& atom);
std::string print(const Value& value);

// ---- control flow
// ---------------------------------------------------------------------------------------

// What a block leaves in a local or parameter.
struct KeptValue {
  std::string slot;
  std::string value;  // prefix notation, as FlowBlock::condition
  auto operator<=>(const KeptValue&) const = default;
};

// A function's control flow, kept where there is more than one path. Records of such a function say
// in which block they are, so a reader that knows the value of a condition can drop the edges it
// excludes, and with them the records that no path reaches any more.
struct FlowBlock {
  static constexpr uint32_t Nowhere = 0xffff'ffff;  // an edge that is never taken
  uint32_t id = 0;
  // With a condition and no labels exactly two: where it is true, where it is false.
  std::vector<uint32_t> next;
  // Prefix notation, tokens separated by spaces: `! E`, `& E E`, `| E E`, `== E E` (also != < > <=
  // >=), `bits #7 E` (`E & 7`; a constant that is written as flags has their names, `#7:A+B`), and
  // the leaves `#7`, `global:x`, `field:R.f`, `call:f`, `local:x`, `param:1`, `?`. Empty: no
  // condition.
  std::string condition;
  // Of a `switch` over `condition`, one for each next: `default`, or values and ranges separated by
  // commas, `#7,#9..#12`. Empty: a two-way branch, or none.
  std::vector<std::string> labels;
  std::vector<std::string> kills;  // locals, parameters and fields that this block assigns
  // Of these, in order, those that a branch may speak of. Each value stands at the end of the block
  // for what it stood for where it was kept.
  std::vector<KeptValue> kept;
  auto operator<=>(const FlowBlock&) const = default;
};

// ---- records
// ----------------------------------------------------------------------------------------------

enum class UnitState : uint8_t { Ok, Failed };

// One translation unit that was looked at. The facts of a failed one may be incomplete.
struct UnitFact {
  std::string path;
  std::string arguments;  // hash of what the compiler was told
  UnitState state = UnitState::Ok;
  std::string reason;  // Failed: the first error
  auto operator<=>(const UnitFact&) const = default;
};

struct FunctionFact {
  std::string definition;
  std::string name;  // the link name
  std::string type;  // canonical
  Place at;
  uint32_t last_line = 0;
  // Sorted; of `constructor` (runs before main), `destructor`, `generated` (a defaulted member, or
  // an instance of a system header's template for a type of the program), `internal` (linkage),
  // `noreturn`.
  std::vector<std::string> attributes;
  auto operator<=>(const FunctionFact&) const = default;
};

struct GlobalFact {
  std::string name;  // the link name
  std::string type;
  Place at;
  std::vector<std::string>
      attributes;  // sorted; of `const`, `dynamic` (initialised by code), `internal`, `thread`
  auto operator<=>(const GlobalFact&) const = default;
};

struct FlowFact {
  std::string id;  // hash of the blocks; records say `block` = "ID:n", or "" when always reached
  // The one without a `next` is the function's end; a block that a call ends which never returns
  // has one that is Nowhere.
  std::vector<FlowBlock> blocks;
  uint32_t entry = 0;
  auto operator<=>(const FlowFact&) const = default;
};

enum class CallHow : uint8_t {
  Direct,
  Created,  // a lambda or an object with a call operator was made: assumed to be called by whoever
            // made it
  Destroyed,  // a destructor that no one wrote down
};

struct CallFact {
  std::string owner;
  Place at;
  std::string block;
  uint32_t order = 0;  // among the calls of the block, as they are evaluated
  std::string callee;  // link name
  CallHow how = CallHow::Direct;
  std::string macros;  // the macros around the callee, outermost first, separated by spaces
  std::vector<Value> arguments;
  auto operator<=>(const CallFact&) const = default;
};

// A call through a pointer or, with `through` = `virtual:METHOD`, through a virtual table.
struct IndirectCallFact {
  std::string owner;
  Place at;
  std::string block;
  uint32_t order = 0;  // as CallFact's, in one count with it
  std::string type;    // of the function called, canonical; "" when it has no prototype
  Value through;
  std::vector<Value> arguments;
  auto operator<=>(const IndirectCallFact&) const = default;
};

enum class StoreHow : uint8_t {
  Assign,
  Change,   // `x += 1`, `x++`: the new value is not known
  Set,      // `x |= 7`: these bits are set, the others stay as they are
  Keep,     // `x &= 7`: these bits stay as they are, the others are cleared
  Address,  // the slot's address was taken: anyone who has it may store anything
};

// A slot receives a value. Recorded for fields and globals, for any slot that holds a function
// pointer, for whole numbers that are returned, and for local ones that are returned, passed on or
// the result of a call.
struct StoreFact {
  std::string owner;
  Place at;
  std::string block;
  std::string slot;
  StoreHow how = StoreHow::Assign;
  Value value;
  auto operator<=>(const StoreFact&) const = default;
};

enum class UseHow : uint8_t {
  Name,  // a function, other than to call it
  Read,
  Write,    // a part of it or the whole is assigned
  Change,   // `x += 1`, `x++`
  Address,  // whoever has the address may read and write it
};

// The owner names a function other than to call it, uses a global variable, or reads or takes the
// address of a field. One record for each block, target and use: the first place.
struct ReferenceFact {
  std::string owner;
  Place at;
  std::string block;
  UseHow how = UseHow::Name;
  Atom target;  // Function or Slot
  auto operator<=>(const ReferenceFact&) const = default;
};

// One row of a table: an initialiser of a record in a global variable. cells: "field=VALUE", as
// print(Value).
struct RowFact {
  std::string table;  // link name of the variable
  uint32_t index = 0;
  Place at;
  std::vector<std::string> cells;
  auto operator<=>(const RowFact&) const = default;
};

// `case OP_X:` in a switch over `on`: `block` is where it leads.
struct CaseFact {
  std::string owner;
  Place at;
  std::string block;
  Value on;
  Value constant;  // the first of a range
  auto operator<=>(const CaseFact&) const = default;
};

// A record goes to the callee whole: as a value, or as an address and its size in one call.
struct PassFact {
  std::string owner;
  Place at;
  std::string block;
  std::string callee;  // link name; "" through a pointer
  uint32_t argument = 0;
  std::string record;
  auto operator<=>(const PassFact&) const = default;
};

// One field of a record that is passed whole, or of a record inside of one.
struct RecordFact {
  std::string record;
  uint32_t index = 0;
  std::string field;
  std::string type;   // canonical
  std::string holds;  // `pointer`, `record:NAME`, or "": neither; of an array its elements
  auto operator<=>(const RecordFact&) const = default;
};

// A file of the project includes another file.
struct IncludeFact {
  Place at;
  std::string path;
  auto operator<=>(const IncludeFact&) const = default;
};

// Lines of a unit's main file that the preprocessor left out (`#if`): nothing is known of them.
struct SkippedFact {
  Place at;
  uint32_t last_line = 0;
  auto operator<=>(const SkippedFact&) const = default;
};

// A use of a function-like macro of the project that leaves nothing but a constant or nothing at
// all in the program.
struct VanishedFact {
  Place at;
  std::string macro;
  auto operator<=>(const VanishedFact&) const = default;
};

struct OverrideFact {
  std::string method;  // link names
  std::string base;
  auto operator<=>(const OverrideFact&) const = default;
};

enum class SpecialKind : uint8_t {
  Assembly,
  NoFlow,  // the control flow could not be built: every statement of the owner counts as reached
};

struct SpecialFact {
  std::string owner;
  Place at;
  std::string block;
  SpecialKind kind = SpecialKind::Assembly;
  auto operator<=>(const SpecialFact&) const = default;
};

// INVARIANT of a normalised value: each vector is sorted and holds no duplicates.
struct Facts {
  std::vector<UnitFact> units;
  std::vector<FunctionFact> functions;
  std::vector<GlobalFact> globals;
  std::vector<FlowFact> flows;
  std::vector<CallFact> calls;
  std::vector<IndirectCallFact> indirect_calls;
  std::vector<StoreFact> stores;
  std::vector<ReferenceFact> references;
  std::vector<RowFact> rows;
  std::vector<CaseFact> cases;
  std::vector<PassFact> passes;
  std::vector<RecordFact> records;
  std::vector<IncludeFact> includes;
  std::vector<SkippedFact> skipped;
  std::vector<VanishedFact> vanished;
  std::vector<OverrideFact> overrides;
  std::vector<SpecialFact> specials;
  bool operator==(const Facts&) const = default;

  void normalise();
  size_t size() const;  // records
};

// Calls visit(kind, records) for each kind of record; the kinds are named as in docs/facts.md.
template <class AnyFacts, class Visit>
void each_kind(AnyFacts& facts, Visit visit) {
  visit("unit", facts.units);
  visit("function", facts.functions);
  visit("global", facts.globals);
  visit("flow", facts.flows);
  visit("call", facts.calls);
  visit("icall", facts.indirect_calls);
  visit("store", facts.stores);
  visit("reference", facts.references);
  visit("row", facts.rows);
  visit("case", facts.cases);
  visit("pass", facts.passes);
  visit("record", facts.records);
  visit("include", facts.includes);
  visit("skipped", facts.skipped);
  visit("vanished", facts.vanished);
  visit("override", facts.overrides);
  visit("special", facts.specials);
}

// Set union; the result is normalised.
Facts merge(Facts a, Facts b);
// The same over many, without quadratic work.
Facts merge_all(std::vector<Facts> parts);

}  // namespace bh
