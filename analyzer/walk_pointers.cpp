// Calls through pointers, and functions that leave the program.
#include "analyzer/walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {
namespace {

const std::vector<Value> NoArguments;

// Functions of the system that run what they are given beside their caller, in its memory.
bool starts_thread(const std::string& callee) {
  const std::string name = plain_name(callee);
  for (std::string_view one : {"clone", "pthread_create", "thrd_create"})
    if (name == one) return true;
  return name.starts_with("std::thread::thread") || name.starts_with("std::jthread::jthread") ||
         name.starts_with("std::async");
}

}  // namespace

Atom Walk::named_atom(const std::string& name) const {
  std::vector<FunctionId> found = program_.named(name);
  if (!found.empty()) return {AtomKind::Function, program_.functions()[found.front()].fact->name};
  for (const GlobalFact& global : program_.facts().globals)
    if (program_.contains(global.at.file) && plain_name(global.name) == name)
      return {AtomKind::Slot, "global:" + global.name};
  return {AtomKind::Function, name};
}

void Walk::pass(const std::vector<Value>& arguments, FunctionId owner, const std::string& callee,
                const std::string& block, uint32_t order, const Step& step) {
  const std::vector<FunctionId>& bodies = program_.defined(callee);
  if (callee == "syscall" && bodies.empty()) called_by_number(arguments, step, block);
  for (size_t i = 0; i < arguments.size(); ++i) {
    for (FunctionId body : bodies)
      put(arguments[i], owner, slot(fmt::format("param:{}", i), body), step.at);
    if (!bodies.empty()) continue;
    SlotId outside = slots_.id(
        fmt::format("handed to {} at {}:{} ({})", callee, print(step.at), step.at.column, i));
    put(arguments[i], owner, outside, step.at);
    for (const Atom& atom : arguments[i].alternatives)
      if (atom.kind == AtomKind::Address && atom.text.starts_with("global:"))
        hand_over_table(atom.text.substr(7), outside);
    handed_.push_back({outside,
                       Step{step.caller, step.at, Certainty::Callback},
                       block,
                       order,
                       starts_thread(callee),
                       {}});
  }
}

void Walk::hand_over_table(const std::string& global, SlotId outside) {
  for (const StoreFact* store : program_.initialiser(global).stores)
    put(store->value, FunctionId(), outside, store->at);
}

void Walk::hand_over() {
  for (size_t i = 0; i < handed_.size(); ++i) {
    const std::set<std::string> functions = slots_.functions(handed_[i].slot);
    for (const std::string& function : functions) {
      Step step = handed_[i].step;
      if (!step.caller.valid()) continue;
      ReachedCall made{step, function, &NoArguments, handed_[i].block, handed_[i].order, {}, {}};
      const bool is_new = handed_[i].called.insert(function).second;
      if (handed_[i].thread && options_.elsewhere.contains(function)) {
        if (is_new) result_.started.push_back(std::move(made));
        continue;
      }
      call(function, step, handed_[i].block);
      if (!is_new) continue;
      for (FunctionId body : program_.defined(function)) called_from_elsewhere(body);
      result_.handed.push_back(std::move(made));
    }
  }
}

const Resolution* Walk::resolution_of(const std::string& site) {
  for (size_t i = 0; i < options_.resolutions.size(); ++i)
    if (options_.resolutions[i].site == site) {
      resolved_.insert({site, i});
      return &options_.resolutions[i];
    }
  return nullptr;
}

const Resolution* Walk::resolution_of(const Pending& pending) {
  for (const Atom& atom : pending.site->through.alternatives)
    if (const Resolution* found = resolution_of(plain_slot(atom.text))) return found;
  if (!pending.caller.valid()) return nullptr;
  return resolution_of(plain_name(program_.functions()[pending.caller].fact->name));
}

void Walk::resolve(Pending& pending) {
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
      result_.calls.push_back({step,
                               target,
                               &pending.site->arguments,
                               pending.site->block,
                               pending.site->order,
                               {},
                               {}});
    if (pending.caller.valid()) call(target, step, pending.site->block);
    pass(pending.site->arguments, pending.caller, target, pending.site->block, pending.site->order,
         step);
  }
}

void Walk::collect(Pending& pending, const Atom& atom, std::set<std::string>& targets) {
  if (atom.kind == AtomKind::Function) targets.insert(atom.text);
  if (atom.kind == AtomKind::Slot && atom.text.starts_with("virtual:")) {
    overriders(atom.text.substr(8), targets);
  } else if (atom.kind == AtomKind::Slot) {
    SlotId from = slot(atom.text, pending.caller);
    if (before_) find_before(from);
    targets.insert(slots_.functions(from).begin(), slots_.functions(from).end());
    if (!pending.unknown) pending.unknown = slots_.unknown(from);
  } else if (atom.kind == AtomKind::Result) {
    if (program_.defined(atom.text).empty()) pending.unknown = Origin{pending.site->at, atom.text};
    for (FunctionId body : program_.defined(atom.text)) {
      SlotId from = slot("return", body);
      targets.insert(slots_.functions(from).begin(), slots_.functions(from).end());
      if (!pending.unknown) pending.unknown = slots_.unknown(from);
    }
  } else if (atom.kind == AtomKind::Unknown) {
    pending.unknown = Origin{pending.site->at, ""};
  }
}

// Where nothing arrived: in it, and in all that flows into it.
void Walk::find_before(SlotId slot) {
  std::set<SlotId> seen;
  std::vector<SlotId> open = {slot};
  while (!open.empty()) {
    const SlotId at = open.back();
    open.pop_back();
    if (!seen.insert(at).second || !slots_.functions(at).empty() || slots_.unknown(at)) continue;
    if (is_there_before(slots_.name(at))) found_before(at);
    open.insert(open.end(), slots_.writers(at).begin(), slots_.writers(at).end());
  }
}

// Not what only callers of the component's own fill: their parameters, locals and results.
bool Walk::is_there_before(const std::string& slot) const {
  const size_t owner = slot.find(" of ");
  if (owner == std::string::npos) return true;
  const auto is_owner = [&](FunctionId id) {
    return program_.functions()[id].fact->definition == std::string_view(slot).substr(owner + 4);
  };
  return std::any_of(options_.entries.begin(), options_.entries.end(), is_owner) ||
         std::any_of(partial_.begin(), partial_.end(), is_owner);
}

void Walk::found_before(SlotId to) {
  SlotId from = before_->slots_.id(slots_.name(to));
  for (const std::string& function : before_->slots_.functions(from)) slots_.hold(to, function);
  if (before_->slots_.unknown(from)) slots_.hold_unknown(to, *before_->slots_.unknown(from));
  for (const Atom& constant : before_->slots_.constants(from)) slots_.hold_constant(to, constant);
}

bool Walk::never_set(const Pending& pending) {
  for (const Atom& atom : pending.site->through.alternatives) {
    if (atom.kind != AtomKind::Slot) return false;
    SlotId from = slot(atom.text, pending.caller);
    bool own = atom.text.starts_with("global:") ||
               (atom.text.starts_with("field:") && program_.makes(atom.text.substr(6)));
    if (slots_.constants(from).empty() && !own) return false;
  }
  return true;
}

void Walk::overriders(const std::string& method, std::set<std::string>& targets) {
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

bool Walk::may_exist(const std::string& method) const {
  std::string record = record_of_method(method);
  const std::set<std::string>& made = before_ ? before_->constructed_ : constructed_;
  return made.contains(record) || program_.defined(method).empty();
}

bool Walk::same_type(const std::string& function, const std::string& type) const {
  const std::vector<FunctionId>& bodies = program_.defined(function);
  if (bodies.empty()) return false;
  const std::string& own = program_.functions()[bodies.front()].fact->type;
  return type.empty() || own.empty() || own == type;
}

void Walk::report_sites() {
  for (Pending& pending : pending_) {
    bool empty = pending.targets.empty();
    if (pending.unknown && !pending.resolved)
      result_.unresolved.push_back(
          {pending.site, pending.caller, UnresolvedReason::Untracked, pending.unknown});
    else if (empty && !pending.resolved && !never_set(pending))
      result_.unresolved.push_back(
          {pending.site, pending.caller, UnresolvedReason::NeverStored, std::nullopt});
    result_.indirect.push_back(
        {pending.site, pending.caller, std::move(pending.targets), pending.certainty});
  }
  for (const auto& [site, i] : resolved_) ++result_.resolution_uses[i];
}

}  // namespace bh
