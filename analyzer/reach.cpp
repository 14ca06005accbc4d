#include "analyzer/reach.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/walk.h"

namespace bh {

Reach Walk::run() {
  for (FunctionId entry : options_.entries) {
    enter(entry, std::nullopt);
    called_from_elsewhere(entry);
  }
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
  for (const ReachedFunction& reached : result_.functions) note_flow(reached.function);
  return result_;
}

// What is left of its control flow, which any of its records names.
void Walk::note_flow(FunctionId function) {
  const OwnedFacts& owned = program_.functions()[function].owned;
  const auto note = [&](const auto& records) {
    for (const auto* record : records) {
      if (result_.flows.contains(function)) return;
      if (std::optional<LiveFlow> flow = pruner_.flow(record->owner, record->block))
        result_.flows.emplace(function, std::move(*flow));
    }
  };
  note(owned.calls);
  note(owned.indirect_calls);
  note(owned.stores);
  note(owned.references);
}

uint64_t Walk::progress() const {
  return slots_.version() + result_.functions.size() + externals_.size() + address_taken_.size() +
         globals_.size() + pending_.size() + called_;
}

bool Walk::starts_the_program() const {
  return !before_ || std::any_of(options_.entries.begin(), options_.entries.end(), [&](auto entry) {
           return program_.functions()[entry].fact->name == "main";
         });
}

void Walk::start_up() {
  for (FunctionId id : program_.functions().ids())
    if (has(program_.functions()[id].fact->attributes, "constructor")) enter(id, std::nullopt);
  for (const std::string& global : program_.initialised_by_code())
    if (globals_.insert(global).second) open_globals_.push_back(global);
}

void Walk::enter(FunctionId function, std::optional<Step> from) {
  if (partial_.erase(function) > 0) {
    result_.functions[result_.index.at(function)].from = std::move(from);
  } else {
    if (!result_.index.emplace(function, result_.functions.size()).second) return;
    result_.functions.push_back({function, std::move(from)});
  }
  open_.push_back(function);
}

void Walk::call(const std::string& link_name, Step from, const std::string& block) {
  note_constructed(link_name);
  if (!before_) edges_.push_back({from.caller, block, link_name});
  const std::vector<FunctionId>& bodies = program_.defined(link_name);
  for (FunctionId body : bodies) enter(body, from);
  if (bodies.empty() && externals_.insert(link_name).second)
    result_.externals.push_back({link_name, std::move(from)});
}

void Walk::note_constructed(const std::string& link_name) {
  std::string record = record_of_method(link_name);
  if (!record.empty() && last_name(plain_name(link_name)) == last_name(record))
    constructed_.insert(std::move(record));
}

void Walk::drain() {
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

void Walk::initialiser(const std::string& global) {
  const OwnedFacts& owned = program_.initialiser(global);
  if (const Resolution* resolution = resolution_of(plain_name(global))) {
    for (const std::string& target : resolution->targets) take(named_atom(target));
    return;
  }
  owner(owned, FunctionId());
}

void Walk::owner(const OwnedFacts& owned, FunctionId function, const Region* region) {
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
    if (live(fact)) passed(*fact);
  for (const SpecialFact* special : owned.specials)
    if (special->kind == SpecialKind::Assembly && live(special))
      result_.assembly.push_back(special);
}

void Walk::take(const Atom& target) {
  if (target.kind == AtomKind::Function) address_taken_.insert(target.text);
  if (target.kind != AtomKind::Slot || !target.text.starts_with("global:")) return;
  std::string global = target.text.substr(7);
  if (globals_.insert(global).second) open_globals_.push_back(global);
}

void Walk::stored(const StoreFact& store, FunctionId owner) {
  result_.stores.push_back(&store);
  SlotId to = slot(store.slot, owner);
  if (store.how == StoreHow::Assign)
    put(store.value, owner, to, store.at);
  else
    slots_.hold_unknown(to, {store.at, ""});
  if (store.how != StoreHow::Assign && is_inner(store.slot)) slots_.stand_for(to, Atom{});
  bool leaves = store.slot.starts_with("field:") &&
                (!program_.is_read(store.slot) || is_called_by_system(store.slot));
  if (leaves && owner.valid())
    handed_.push_back({to, Step{owner, store.at, Certainty::Callback}, store.block, 0, false, {}});
}

void Walk::passed(const PassFact& fact) {
  result_.passes.push_back(&fact);
  for (const std::string& field : filled_.fields(fact)) slots_.hold_constant(slots_.id(field), {});
}

bool Walk::is_called_by_system(const std::string& field) {
  return field.starts_with("field:sigaction.") || field.starts_with("field:sigaction::") ||
         field.starts_with("field:sigevent.") || field.starts_with("field:sigevent::");
}

void Walk::called_by_number(const std::vector<Value>& arguments, const Step& step,
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

void Walk::called(const CallFact& fact, FunctionId owner) {
  Step step{owner, fact.at, fact.how == CallHow::Created ? Certainty::Callback : Certainty::Direct};
  if (owner.valid())
    result_.calls.push_back({step, fact.callee, &fact.arguments, fact.block, fact.order, {}, {}});
  call(fact.callee, step, fact.block);
  pass(fact.arguments, owner, fact.callee, fact.block, fact.order, step);
}

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

std::vector<Step> steps_to(const Reach& reach, const Step& last) {
  std::vector<Step> steps;
  std::optional<Step> step = last;
  while (step && step->caller.valid()) {
    steps.push_back(*step);
    step = reach.functions[reach.index.at(step->caller)].from;
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
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
    bool library = has(caller.attributes, "generated");
    bool inner = library && step && step->caller.valid() &&
                 has(program.functions()[step->caller].fact->attributes, "generated");
    if (inner) continue;
    path.push_back(library ? std::string(without_arguments(plain_name(caller.name))) : text);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace bh
