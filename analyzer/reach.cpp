#include "analyzer/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <unordered_set>

#include "analyzer/slots.h"

namespace bh {
namespace {

// A call found by a walk over the whole program.
struct Edge {
  FunctionId caller;
  std::string block;
  std::string callee;
  auto operator<=>(const Edge&) const = default;
};

// Which fields a call may change: those that some function stores into which the call leads to.
class Writes : public FieldWrites {
 public:
  Writes(const Program& program, std::vector<Edge> edges) {
    for (Edge& edge : edges) {
      if (!edge.caller.valid()) continue;
      std::string owner = program.functions()[edge.caller].fact->definition;
      for (FunctionId callee : program.defined(edge.callee)) {
        callers_[callee].insert(edge.caller);
        callees_[owner + " " + edge.block].insert(callee);
      }
    }
    for (FunctionId id : program.functions().ids())
      for (const StoreFact* store : program.functions()[id].owned.stores)
        if (store->slot.starts_with("field:")) note_store(store->slot.substr(6), store->how, id);
  }

  bool may_write(const std::string& owner, const std::string& block,
                 const std::string& field) const override {
    if (addressed_.contains(field)) return true;
    auto callees = callees_.find(owner + " " + block);
    if (callees == callees_.end()) return false;
    const std::set<FunctionId>& writers = writers_of(field);
    return std::any_of(callees->second.begin(), callees->second.end(),
                       [&](FunctionId callee) { return writers.contains(callee); });
  }

 private:
  void note_store(const std::string& field, StoreHow how, FunctionId by) {
    if (how == StoreHow::Address) addressed_.insert(field);
    stores_[field].insert(by);
  }

  const std::set<FunctionId>& writers_of(const std::string& field) const {
    auto [at, added] = writers_.try_emplace(field);
    auto direct = stores_.find(field);
    if (!added || direct == stores_.end()) return at->second;
    std::vector<FunctionId> open(direct->second.begin(), direct->second.end());
    while (!open.empty()) {
      FunctionId function = open.back();
      open.pop_back();
      if (!at->second.insert(function).second) continue;
      if (auto callers = callers_.find(function); callers != callers_.end())
        open.insert(open.end(), callers->second.begin(), callers->second.end());
    }
    return at->second;
  }

  std::map<FunctionId, std::set<FunctionId>> callers_;
  std::unordered_map<std::string, std::set<FunctionId>> callees_;  // by owner and block
  std::unordered_map<std::string, std::set<FunctionId>> stores_;   // by field
  std::set<std::string> addressed_;
  mutable std::unordered_map<std::string, std::set<FunctionId>>
      writers_;  // found when first asked for
};

class Walk {
 public:
  // `before`: the same walk from every function of the program; what it left in slots that this
  // walk does not fill is what the component finds there when it starts. Null: this is that walk.
  Walk(const Program& program, const ReachOptions& options, Walk* before)
      : program_(program),
        options_(options),
        before_(before),
        writes_(before ? std::make_unique<Writes>(program, before->edges_) : nullptr),
        pruner_(program.facts().flows, options.assumptions, writes_.get()) {
    result_.resolution_uses.assign(options.resolutions.size(), 0);
  }

  Reach run() {
    for (FunctionId entry : options_.entries) enter(entry, std::nullopt);
    for (const ReturnOfCall& start : options_.returns) start_after(start);
    if (starts_the_program()) start_up();
    uint64_t version = 0;
    do {
      drain();
      version = progress();
      for (size_t i = 0; i < pending_.size(); ++i) resolve(pending_[i]);
      hand_over();
    } while (version != progress());
    report_sites();
    result_.cuts = pruner_.cuts();
    result_.globals = globals_;
    for (ReachedCall& call : result_.calls) work_out(call);
    return result_;
  }

 private:
  // What a slot holds leaves the program.
  struct Handed {
    SlotId slot;
    Step step;
    std::string block;
  };
  struct Pending {
    const IndirectCallFact* site;
    FunctionId caller;
    std::set<std::string> targets;
    Certainty certainty = Certainty::Slot;
    bool unknown = false;
    bool resolved = false;
  };

  uint64_t progress() const {
    return slots_.version() + result_.functions.size() + externals_.size() + address_taken_.size() +
           globals_.size() + pending_.size() + called_;
  }

  // ---- functions and variables that come alive
  // ---------------------------------------------------------

  // Which of a function's records count: those of a region, or with null all.
  bool counts(const Region* region, const std::string& owner, const std::string& block,
              std::optional<uint32_t> order = std::nullopt) {
    if (!region) return pruner_.live(owner, block);
    if (order && block == region->start && *order <= region->order) return false;
    uint32_t number = 0;
    if (!pruner_.flow_of(block, number)) return true;
    return region->blocks.contains(number);
  }

  void start_after(const ReturnOfCall& start) {
    const std::string name = start.callee;
    const size_t first = result_.regions.size();
    for (const CallFact* call : program_.functions()[start.function].owned.calls)
      if (plain_name(call->callee) == name && pruner_.live(call->owner, call->block))
        add_region(start.function, call->callee, call->block, call->order, start.value, {});
    result_.return_starts.push_back(result_.regions.size() - first);
    for (size_t i = first; i < result_.regions.size(); ++i) {
      enter_region(i);
      if (result_.regions[i].returns) go_on_in_callers(i);
    }
  }

  void add_region(FunctionId function, const std::string& callee, const std::string& block,
                  uint32_t order, std::optional<int64_t> value, std::optional<size_t> after) {
    Region region{function, block, order, {}, true, after};
    for (const Region& known : result_.regions)
      if (known.function == function && known.start == block && known.order == order) return;
    const ProgramFunction& body = program_.functions()[function];
    std::map<std::string, int64_t> numbers;
    if (value) numbers["call:" + without_spaces(plain_name(callee))] = *value;
    for (const StoreFact* store : body.owned.stores)
      for (const Atom& atom : store->value.alternatives)
        if (value && store->block == block && atom.kind == AtomKind::Result &&
            atom.text == callee && store->value.alternatives.size() == 1)
          numbers[without_spaces(store->slot)] = *value;
    uint32_t number = 0;
    if (const FlowFact* flow = pruner_.flow_of(block, number)) {
      region.blocks = pruner_.after(body.fact->definition, *flow, number, numbers);
      region.returns = std::any_of(flow->blocks.begin(), flow->blocks.end(), [&](const auto& b) {
        return b.next.empty() && region.blocks.contains(b.id);
      });
    }
    result_.regions.push_back(std::move(region));
  }

  static std::string without_spaces(std::string text) {
    std::replace(text.begin(), text.end(), ' ', '_');
    return text;
  }

  void enter_region(size_t at) {
    const Region region = result_.regions[at];
    if (!result_.index.contains(region.function)) {
      result_.index[region.function] = result_.functions.size();
      result_.functions.push_back({region.function, std::nullopt});
      partial_.insert(region.function);
    }
    owner(program_.functions()[region.function].owned, region.function, &region);
  }

  // What the region returns, when it is one number.
  std::optional<int64_t> returned_by(const Region& region) {
    std::optional<int64_t> number;
    for (const StoreFact* store : program_.functions()[region.function].owned.stores) {
      if (store->slot != "return" || !counts(&region, store->owner, store->block)) continue;
      const std::vector<Atom>& atoms = store->value.alternatives;
      bool constant = atoms.size() == 1 && atoms.front().kind == AtomKind::Constant;
      if (!constant || (number && *number != atoms.front().number)) return std::nullopt;
      number = atoms.front().number;
    }
    return number;
  }

  void go_on_in_callers(size_t at) {
    const Region region = result_.regions[at];
    const std::string name = program_.functions()[region.function].fact->name;
    const std::optional<int64_t> value = returned_by(region);
    for (FunctionId caller : program_.functions().ids())
      for (const CallFact* call : program_.functions()[caller].owned.calls)
        if (call->callee == name && pruner_.live(call->owner, call->block))
          add_region(caller, name, call->block, call->order, value, at);
    if (!before_) return;
    for (const IndirectSite& site : before_->result_.indirect)
      if (site.caller.valid() && site.targets.contains(name) &&
          pruner_.live(site.site->owner, site.site->block))
        add_region(site.caller, "", site.site->block, site.site->order, std::nullopt, at);
  }

  bool starts_the_program() const {
    return before_ &&
           std::any_of(options_.entries.begin(), options_.entries.end(), [&](auto entry) {
             return program_.functions()[entry].fact->name == "main";
           });
  }

  // What runs before main.
  void start_up() {
    for (FunctionId id : program_.functions().ids())
      if (has(program_.functions()[id].fact->attributes, "constructor")) enter(id, std::nullopt);
    for (const std::string& global : program_.initialised_by_code())
      if (globals_.insert(global).second) open_globals_.push_back(global);
  }

  void enter(FunctionId function, std::optional<Step> from) {
    if (partial_.erase(function) > 0) {
      result_.functions[result_.index.at(function)].from = std::move(from);
    } else {
      if (!result_.index.emplace(function, result_.functions.size()).second) return;
      result_.functions.push_back({function, std::move(from)});
    }
    open_.push_back(function);
  }

  void call(const std::string& link_name, Step from, const std::string& block = "") {
    note_constructed(plain_name(link_name));
    if (!before_) edges_.push_back({from.caller, block, link_name});
    const std::vector<FunctionId>& bodies = program_.defined(link_name);
    for (FunctionId body : bodies) enter(body, from);
    if (bodies.empty() && externals_.insert(link_name).second)
      result_.externals.push_back({link_name, std::move(from)});
  }

  // "ns::Box<int>::Box" makes objects of ns::Box<int>.
  void note_constructed(const std::string& function) {
    size_t colons = function.rfind("::");
    if (colons == std::string::npos) return;
    std::string_view record = std::string_view(function).substr(0, colons);
    if (last_name(record) == std::string_view(function).substr(colons + 2))
      constructed_.insert(std::string(record));
  }

  void drain() {
    while (!open_.empty() || !open_globals_.empty()) {
      if (!open_.empty()) {
        FunctionId function = open_.front();
        open_.pop_front();
        owner(program_.functions()[function].owned, function);
      } else {
        std::string global = std::move(open_globals_.front());
        open_globals_.pop_front();
        initialiser(global);
      }
    }
  }

  void initialiser(const std::string& global) {
    const OwnedFacts& owned = program_.initialiser(global);
    if (const Resolution* resolution = resolution_of(plain_name(global))) {
      for (const std::string& target : resolution->targets) take(named_atom(target));
      return;
    }
    owner(owned, FunctionId());
  }

  // `resolve table -> { a, b }` names functions or variables.
  Atom named_atom(const std::string& name) const {
    std::vector<FunctionId> found = program_.named(name);
    if (!found.empty()) return {AtomKind::Function, program_.functions()[found.front()].fact->name};
    for (const GlobalFact& global : program_.facts().globals)
      if (program_.contains(global.at.file) && plain_name(global.name) == name)
        return {AtomKind::Slot, "global:" + global.name};
    return {AtomKind::Function, name};
  }

  void owner(const OwnedFacts& owned, FunctionId function, const Region* region = nullptr) {
    auto live = [&](const auto* fact) { return counts(region, fact->owner, fact->block); };
    for (const ReferenceFact* reference : owned.references) {
      if (!live(reference)) continue;
      result_.references.push_back(reference);
      take(reference->target);
    }
    for (const StoreFact* store : owned.stores)
      if (live(store)) stored(*store, function);
    for (const CallFact* fact : owned.calls)
      if (counts(region, fact->owner, fact->block, fact->order)) called(*fact, function);
    for (const IndirectCallFact* fact : owned.indirect_calls)
      if (counts(region, fact->owner, fact->block, fact->order))
        pending_.push_back({fact, function, {}, Certainty::Slot});
    for (const CaseFact* fact : owned.cases)
      if (live(fact)) result_.cases.push_back(fact);
    for (const PassFact* fact : owned.passes)
      if (live(fact)) result_.passes.push_back(fact);
    for (const SpecialFact* special : owned.specials)
      if (special->kind == SpecialKind::Assembly && live(special))
        result_.assembly.push_back(special);
  }

  void take(const Atom& target) {
    if (target.kind == AtomKind::Function) address_taken_.insert(target.text);
    if (target.kind != AtomKind::Slot || !target.text.starts_with("global:")) return;
    std::string global = target.text.substr(7);
    if (globals_.insert(global).second) open_globals_.push_back(global);
  }

  // ---- values
  // ----------------------------------------------------------------------------------------------

  SlotId slot(const std::string& name, FunctionId owner) {
    bool inner = name.starts_with("param:") || name.starts_with("local:") || name == "return";
    if (!inner) return slots_.id(name);
    std::string where = owner.valid() ? program_.functions()[owner].fact->definition : "=";
    return slots_.id(name + " of " + where);
  }

  void put(const Value& value, FunctionId owner, SlotId to) {
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

  // Fresh memory holds no function yet.
  void result_of_outside(const std::string& function, SlotId to) {
    bool fresh = function == "malloc" || function == "calloc" || function == "strdup";
    if (fresh)
      slots_.hold_constant(to, {AtomKind::Constant, "", 0});
    else
      slots_.hold_unknown(to);
  }

  void stored(const StoreFact& store, FunctionId owner) {
    result_.stores.push_back(&store);
    SlotId to = slot(store.slot, owner);
    if (store.how == StoreHow::Assign)
      put(store.value, owner, to);
    else
      slots_.hold_unknown(to);
    bool leaves = store.slot.starts_with("field:") &&
                  (!program_.is_read(store.slot) || is_called_by_system(store.slot));
    if (leaves && owner.valid())
      handed_.push_back({to, Step{owner, store.at, Certainty::Callback}, store.block});
  }

  // Programs read back what they registered for a signal; the system still has it.
  static bool is_called_by_system(const std::string& field) {
    return field.starts_with("field:sigaction.") || field.starts_with("field:sigaction::") ||
           field.starts_with("field:sigevent.") || field.starts_with("field:sigevent::");
  }

  // `syscall(SYS_execve, ..)` is a call of execve.
  void called_by_number(const std::vector<Value>& arguments, const Step& step,
                        const std::string& block) {
    if (arguments.empty()) return;
    for (const Atom& atom : arguments.front().alternatives) {
      if (atom.kind != AtomKind::Constant) continue;
      for (std::string_view prefix : {"SYS_", "__NR_"}) {
        if (!atom.text.starts_with(prefix)) continue;
        std::string name = atom.text.substr(prefix.size());
        call(name.substr(0, name.find('+')), step, block);
      }
    }
  }

  void called(const CallFact& fact, FunctionId owner) {
    Step step{owner, fact.at,
              fact.how == CallHow::Created ? Certainty::Callback : Certainty::Direct};
    if (owner.valid())
      result_.calls.push_back({step, fact.callee, &fact.arguments, fact.block, {}, {}});
    call(fact.callee, step, fact.block);
    pass(fact.arguments, owner, fact.callee, fact.block, step);
  }

  void pass(const std::vector<Value>& arguments, FunctionId owner, const std::string& callee,
            const std::string& block, const Step& step) {
    const std::vector<FunctionId>& bodies = program_.defined(callee);
    if (callee == "syscall" && bodies.empty()) called_by_number(arguments, step, block);
    for (size_t i = 0; i < arguments.size(); ++i) {
      for (FunctionId body : bodies)
        put(arguments[i], owner, slot(fmt::format("param:{}", i), body));
      if (!bodies.empty()) continue;
      SlotId outside = slots_.id(
          fmt::format("handed to {} at {}:{} ({})", callee, print(step.at), step.at.column, i));
      put(arguments[i], owner, outside);
      for (const Atom& atom : arguments[i].alternatives)
        if (atom.kind == AtomKind::Address && atom.text.starts_with("global:"))
          hand_over_table(atom.text.substr(7), outside);
      handed_.push_back({outside, Step{step.caller, step.at, Certainty::Callback}, block});
    }
  }

  // A variable whose address leaves the program takes the functions of its initialiser along.
  void hand_over_table(const std::string& global, SlotId outside) {
    for (const StoreFact* store : program_.initialiser(global).stores)
      put(store->value, FunctionId(), outside);
  }

  void hand_over() {
    for (size_t i = 0; i < handed_.size(); ++i) {
      const std::set<std::string> functions = slots_.functions(handed_[i].slot);
      for (const std::string& function : functions) {
        Step step = handed_[i].step;
        if (!step.caller.valid()) continue;
        call(function, step, handed_[i].block);
      }
    }
  }

  // ---- calls through pointers
  // --------------------------------------------------------------------------------

  const Resolution* resolution_of(const std::string& site) {
    for (size_t i = 0; i < options_.resolutions.size(); ++i)
      if (options_.resolutions[i].site == site) {
        resolved_.insert({site, i});
        return &options_.resolutions[i];
      }
    return nullptr;
  }

  const Resolution* resolution_of(const Pending& pending) {
    for (const Atom& atom : pending.site->through.alternatives)
      if (const Resolution* found = resolution_of(plain_slot(atom.text))) return found;
    if (!pending.caller.valid()) return nullptr;
    return resolution_of(plain_name(program_.functions()[pending.caller].fact->name));
  }

  void resolve(Pending& pending) {
    std::set<std::string> targets;
    Certainty certainty = Certainty::Slot;
    if (const Resolution* resolution = resolution_of(pending)) {
      certainty = Certainty::Resolved;
      pending.resolved = true;
      for (const std::string& name : resolution->targets) targets.insert(named_atom(name).text);
    } else {
      for (const Atom& atom : pending.site->through.alternatives) collect(pending, atom, targets);
      if (pending.unknown) {
        certainty = Certainty::Type;
        for (const std::string& candidate : address_taken_)
          if (same_type(candidate, pending.site->type)) targets.insert(candidate);
      }
    }
    pending.certainty = certainty;
    for (const std::string& target : targets) {
      if (!pending.targets.insert(target).second) continue;
      ++called_;
      Step step{pending.caller, pending.site->at, certainty};
      if (pending.caller.valid())
        result_.calls.push_back(
            {step, target, &pending.site->arguments, pending.site->block, {}, {}});
      if (pending.caller.valid()) call(target, step, pending.site->block);
      pass(pending.site->arguments, pending.caller, target, pending.site->block, step);
    }
  }

  void collect(Pending& pending, const Atom& atom, std::set<std::string>& targets) {
    if (atom.kind == AtomKind::Function) targets.insert(atom.text);
    if (atom.kind == AtomKind::Slot && atom.text.starts_with("virtual:")) {
      overriders(atom.text.substr(8), targets);
    } else if (atom.kind == AtomKind::Slot) {
      SlotId from = slot(atom.text, pending.caller);
      if (before_ && slots_.functions(from).empty() && !slots_.unknown(from))
        found_before(slots_.name(from), from);
      targets.insert(slots_.functions(from).begin(), slots_.functions(from).end());
      pending.unknown |= slots_.unknown(from);
    } else if (atom.kind == AtomKind::Result) {
      if (program_.defined(atom.text).empty()) pending.unknown = true;
      for (FunctionId body : program_.defined(atom.text)) {
        SlotId from = slot("return", body);
        targets.insert(slots_.functions(from).begin(), slots_.functions(from).end());
        pending.unknown |= slots_.unknown(from);
      }
    } else if (atom.kind == AtomKind::Unknown) {
      pending.unknown = true;
    }
  }

  void found_before(const std::string& name, SlotId to) {
    SlotId from = before_->slots_.id(name);
    for (const std::string& function : before_->slots_.functions(from)) slots_.hold(to, function);
    if (before_->slots_.unknown(from)) slots_.hold_unknown(to);
    for (const Atom& constant : before_->slots_.constants(from)) slots_.hold_constant(to, constant);
  }

  // A call through it does nothing but fault: only constants are stored into it, or nothing at all
  // although the program stores into its record's other fields, so that its objects are its own.
  bool never_set(const Pending& pending) {
    for (const Atom& atom : pending.site->through.alternatives) {
      if (atom.kind != AtomKind::Slot) return false;
      SlotId from = slot(atom.text, pending.caller);
      bool own = atom.text.starts_with("global:") ||
                 (atom.text.starts_with("field:") && program_.makes(atom.text.substr(6)));
      if (slots_.constants(from).empty() && !own) return false;
    }
    return true;
  }

  // The method and what overrides it, in classes of which the program makes objects. When it makes
  // none of any of these classes, the objects come from elsewhere and may be of each.
  void overriders(const std::string& method, std::set<std::string>& targets) {
    std::set<std::string> seen;
    std::vector<std::string> open = {method};
    while (!open.empty()) {
      std::string at = std::move(open.back());
      open.pop_back();
      if (!seen.insert(at).second) continue;
      for (const std::string& overrider : program_.overriders(at)) open.push_back(overrider);
    }
    const size_t before = targets.size();
    for (const std::string& candidate : seen)
      if (may_exist(candidate)) targets.insert(candidate);
    if (targets.size() == before) targets.insert(seen.begin(), seen.end());
  }

  // Base classes count too: the constructor of a derived object calls theirs.
  bool may_exist(const std::string& method) const {
    std::string name = plain_name(method);
    std::string record = name.substr(0, std::min(name.rfind("::"), name.size()));
    const std::set<std::string>& made = before_ ? before_->constructed_ : constructed_;
    return made.contains(record) || program_.defined(method).empty();
  }

  // The constants that the value may be; Unknown among them when it may be anything else.
  Value constants_of(const Value& value, FunctionId owner) {
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

  static bool is_lasting(const std::string& slot) {
    return slot.starts_with("global:") || slot.starts_with("field:");
  }

  // The global variables and fields that the value may be an expression for.
  Value variables_of(const Value& value, FunctionId owner) {
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

  void work_out(ReachedCall& call) {
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
        Value stored =
            store->how == StoreHow::Assign ? constants_of(store->value, caller) : Value{};
        found.insert(stored.alternatives.begin(), stored.alternatives.end());
      }
      if (found.empty()) add_constants(slots_.id("field:" + field), found);
      call.fields[field] = {{found.begin(), found.end()}};
    }
  }

  void add_constants(SlotId slot, std::set<Atom>& found) const {
    const std::set<Atom>& constants = slots_.constants(slot);
    bool more = slots_.unknown(slot) || slots_.many_constants(slot) || constants.empty();
    if (more) found.insert(Atom{});
    if (!slots_.many_constants(slot)) found.insert(constants.begin(), constants.end());
  }

  bool is_entry(FunctionId function) const {
    return std::find(options_.entries.begin(), options_.entries.end(), function) !=
           options_.entries.end();
  }

  // A call without a prototype may reach any function.
  bool same_type(const std::string& function, const std::string& type) const {
    const std::vector<FunctionId>& bodies = program_.defined(function);
    if (bodies.empty()) return false;
    const std::string& own = program_.functions()[bodies.front()].fact->type;
    return type.empty() || own.empty() || own == type;
  }

  void report_sites() {
    for (Pending& pending : pending_) {
      bool empty = pending.targets.empty();
      if (pending.unknown && !pending.resolved)
        result_.unresolved.push_back({pending.site, pending.caller, UnresolvedReason::Untracked});
      else if (empty && !pending.resolved && !never_set(pending))
        result_.unresolved.push_back({pending.site, pending.caller, UnresolvedReason::NeverStored});
      result_.indirect.push_back(
          {pending.site, pending.caller, std::move(pending.targets), pending.certainty});
    }
    for (const auto& [site, i] : resolved_) ++result_.resolution_uses[i];
  }

  const Program& program_;
  const ReachOptions& options_;
  Walk* before_;
  std::vector<Edge> edges_;  // every call found, whether its target is known already or not
  std::unique_ptr<Writes> writes_;
  Pruner pruner_;
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

}  // namespace

std::string_view print(Certainty certainty) {
  switch (certainty) {
    case Certainty::Direct:
      return "direct";
    case Certainty::Slot:
      return "through a pointer";
    case Certainty::Type:
      return "through a pointer, by type";
    case Certainty::Resolved:
      return "through a pointer, as resolved";
    case Certainty::Callback:
      return "handed over as a callback";
  }
  return "";
}

Reach reach(const Program& program, const ReachOptions& options) {
  ReachOptions everything = options;
  everything.entries.clear();
  for (FunctionId function : program.functions().ids()) everything.entries.push_back(function);
  Walk before(program, everything, nullptr);
  before.run();
  return Walk(program, options, &before).run();
}

std::vector<std::string> path_to(const Program& program, const Reach& reach, const Step& last) {
  std::vector<std::string> path;
  std::optional<Step> step = last;
  while (step && step->caller.valid()) {
    const FunctionFact& caller = *program.functions()[step->caller].fact;
    std::string how =
        step->certainty == Certainty::Direct ? "" : fmt::format(", {}", print(step->certainty));
    std::string text = fmt::format("{} ({}{})", plain_name(caller.name), print(step->at), how);
    step = reach.functions[reach.index.at(step->caller)].from;
    bool library = has(caller.attributes, "system");
    bool inner = library && step && step->caller.valid() &&
                 has(program.functions()[step->caller].fact->attributes, "system");
    if (inner) continue;
    path.push_back(library ? std::string(without_arguments(plain_name(caller.name))) : text);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace bh
