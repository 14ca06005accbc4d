// How reach() works: functions and variables come alive, values flow between slots, calls through
// pointers find targets, until nothing changes. For reach.cpp and walk_*.cpp only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/field_writes.h"
#include "analyzer/filled_records.h"
#include "analyzer/program.h"
#include "analyzer/prune.h"
#include "analyzer/reach.h"
#include "analyzer/slots.h"

namespace bh {

class Walk {
 public:
  // `before`: the same walk from every function of the program; what it left in slots that this
  // walk does not fill is what the component finds there when it starts. Null: this is that walk.
  Walk(const Program& program, const ReachOptions& options, Walk* before)
      : program_(program),
        options_(options),
        before_(before),
        writes_(before ? std::make_unique<ProgramWrites>(program, before->edges_) : nullptr),
        pruner_(program.facts().flows, options.assumptions, writes_.get()),
        filled_(program) {
    result_.resolution_uses.assign(options.resolutions.size(), 0);
  }
  Reach run();

 private:
  // What a slot holds leaves the program.
  struct Handed {
    SlotId slot;
    Step step;
    std::string block;
    uint32_t order = 0;
    bool thread = false;           // whatever it holds runs as a thread
    std::set<std::string> called;  // of the functions that it holds, those entered so far
  };
  struct Pending {
    const IndirectCallFact* site;
    FunctionId caller;
    std::set<std::string> targets;
    Certainty certainty = Certainty::Slot;
    std::optional<Origin> unknown = std::nullopt;
    bool resolved = false;
  };
  uint64_t progress() const;
  // Which of a function's records count: those of a region, or with null all.
  bool counts(const Region* region, const std::string& owner, const std::string& block,
              std::optional<uint32_t> order = std::nullopt);
  void start_after(const ReturnOfCall& start);
  void add_region(FunctionId function, const std::string& callee, const std::string& block,
                  uint32_t order, std::optional<int64_t> value, std::optional<size_t> after);
  static std::string without_spaces(std::string text);
  void enter_region(size_t at);
  // What the region returns, when it is one number.
  std::optional<int64_t> returned_by(const Region& region);
  void go_on_in_callers(size_t at);
  bool starts_the_program() const;
  // What runs before main.
  void start_up();
  void enter(FunctionId function, std::optional<Step> from);
  void call(const std::string& link_name, Step from, const std::string& block = "");
  // "ns::Box<int>::Box" makes objects of ns::Box<int>.
  void note_constructed(const std::string& link_name);
  void drain();
  void initialiser(const std::string& global);
  // `resolve table -> { a, b }` names functions or variables.
  Atom named_atom(const std::string& name) const;
  void owner(const OwnedFacts& owned, FunctionId function, const Region* region = nullptr);
  void take(const Atom& target);
  SlotId slot(const std::string& name, FunctionId owner);
  void put(const Value& value, FunctionId owner, SlotId to, const Place& at);
  void stand_for(const Atom& atom, FunctionId owner, SlotId to);
  bool is_followed(const std::string& inner, FunctionId owner) const;
  // What its parameters are there is not known.
  void called_from_elsewhere(FunctionId function);
  // Fresh memory holds no function yet.
  void result_of_outside(const std::string& function, SlotId to, const Place& at);
  void stored(const StoreFact& store, FunctionId owner);
  void passed(const PassFact& fact);
  // Programs read back what they registered for a signal; the system still has it.
  static bool is_called_by_system(const std::string& field);
  // `syscall(SYS_execve, ..)` is a call of execve.
  void called_by_number(const std::vector<Value>& arguments, const Step& step,
                        const std::string& block);
  void called(const CallFact& fact, FunctionId owner);
  void pass(const std::vector<Value>& arguments, FunctionId owner, const std::string& callee,
            const std::string& block, uint32_t order, const Step& step);
  // A variable whose address leaves the program takes the functions of its initialiser along.
  void hand_over_table(const std::string& global, SlotId outside);
  void hand_over();
  const Resolution* resolution_of(const std::string& site);
  const Resolution* resolution_of(const Pending& pending);
  void resolve(Pending& pending);
  void collect(Pending& pending, const Atom& atom, std::set<std::string>& targets);
  // What the component finds when it starts.
  void find_before(SlotId slot);
  bool is_there_before(const std::string& slot) const;
  void found_before(SlotId to);
  // A call through it does nothing but fault: only constants are stored into it, or nothing at all
  // although the program stores into its record's other fields, so that its objects are its own.
  bool never_set(const Pending& pending);
  // The method and what overrides it, in classes of which the program makes objects. When it makes
  // none of any of these classes, the objects come from elsewhere and may be of each.
  void overriders(const std::string& method, std::set<std::string>& targets);
  // Base classes count too: the constructor of a derived object calls theirs.
  bool may_exist(const std::string& method) const;
  // The constants that the value may be; Unknown among them when it may be anything else.
  Value constants_of(const Value& value, FunctionId owner);
  static bool is_lasting(const std::string& slot);
  static bool is_inner(const std::string& slot);
  // The global variables and fields that the value may be an expression for.
  Value variables_of(const Value& value, FunctionId owner);
  void work_out(ReachedCall& call);
  void note_flow(FunctionId function);
  void add_constants(SlotId slot, std::set<Atom>& found) const;
  bool is_entry(FunctionId function) const;
  // A call without a prototype may reach any function.
  bool same_type(const std::string& function, const std::string& type) const;
  void report_sites();
  const Program& program_;
  const ReachOptions& options_;
  Walk* before_;
  std::vector<FoundCall> edges_;  // every call found, whether its target is known already or not
  std::unique_ptr<ProgramWrites> writes_;
  Pruner pruner_;
  FilledRecords filled_;
  Slots slots_;
  Reach result_;
  std::deque<FunctionId> open_;
  std::deque<std::string> open_globals_;
  std::set<FunctionId> partial_;  // reached by a region only
  std::vector<Pending> pending_;
  std::vector<Handed> handed_;
  std::set<std::string> externals_, globals_, address_taken_, constructed_;
  std::set<std::pair<std::string, size_t>> resolved_;
  uint64_t called_ = 0;
};

}  // namespace bh
