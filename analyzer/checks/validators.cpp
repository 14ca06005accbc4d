#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "analyzer/call_flow.h"
#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// What releases memory says nothing of what is in it.
bool is_harmless(const std::string& callee) {
  return callee == "free" || callee == "memset" || callee == "explicit_bzero" ||
         callee == "freezero";
}

// `checks f(arg N) with g`: after a call of f, what it handed over must go to g before it goes to
// any other function. Followed within the function that calls f, and into the functions that it
// hands the data to.
class Validator {
 public:
  Validator(const ComponentView& view, const CallFlow& flow, const CodeCheck& check)
      : v_(view), flow_(flow), check_(check) {}

  void check() {
    size_t calls = 0;
    for (const ReachedCall& call : v_.reach.calls) {
      if (!is_called(call.callee, check_.function)) continue;
      ++calls;
      for (const std::string& data : handed_over(call)) follow(call, data);
    }
    if (calls == 0) v_.sink.report(check_.span, diag::CheckUnused, check_.function, v_.name());
  }

 private:
  struct Use {
    Place at;
    FunctionId caller;
    std::string callee;
  };
  enum class Outcome : uint8_t { Unchecked, Checked };

  // The slots of the caller that hold what f hands over.
  std::set<std::string> handed_over(const ReachedCall& call) const {
    std::set<std::string> found;
    if (check_.argument) {
      if (*check_.argument < call.arguments->size())
        for (const Atom& atom : (*call.arguments)[*check_.argument].alternatives)
          if (atom.kind == AtomKind::Slot || atom.kind == AtomKind::Address)
            found.insert(atom.text);
      return found;
    }
    for (const StoreFact* store : v_.program.functions()[call.step.caller].owned.stores)
      for (const Atom& atom : store->value.alternatives)
        if (atom.kind == AtomKind::Result && atom.text == call.callee &&
            store->at.line == call.step.at.line)
          found.insert(store->slot);
    return found;
  }

  void follow(const ReachedCall& call, const std::string& data) {
    const FlowBody& body = flow_.body(call.step.caller);
    for (const auto& [id, block] : body.blocks)
      for (size_t i = 0; i < block.sites.size(); ++i)
        if (block.sites[i].at == call.step.at && block.sites[i].order == call.order &&
            std::find(block.sites[i].calls.begin(), block.sites[i].calls.end(), &call) !=
                block.sites[i].calls.end()) {
          std::optional<Use> use;
          walk(call.step.caller, data, id, i + 1, 0, use);
          if (use) report(call, *use);
        }
  }

  // From this site on. Outcome: whether every path on which the function returns has checked.
  Outcome walk(FunctionId function, const std::string& data, uint32_t block, size_t site,
               size_t depth, std::optional<Use>& use) {
    const FlowBody& body = flow_.body(function);
    std::deque<std::pair<uint32_t, size_t>> open = {{block, site}};
    std::set<uint32_t> seen;
    Outcome outcome = Outcome::Checked;
    while (!open.empty() && !use) {
      const auto [id, first] = open.front();
      open.pop_front();
      const auto here = body.blocks.find(id);
      if (here == body.blocks.end()) continue;
      bool done = false;
      for (size_t i = first; i < here->second.sites.size() && !done && !use; ++i)
        done = pass(function, data, here->second.sites[i], depth, use);
      if (done || use) continue;
      if (here->second.leaves) outcome = Outcome::Unchecked;
      for (const uint32_t next : here->second.next)
        if (seen.insert(next).second) open.push_back({next, 0});
    }
    return outcome;
  }

  // Whether the data needs no following behind the site.
  bool pass(FunctionId function, const std::string& data, const FlowSite& site, size_t depth,
            std::optional<Use>& use) {
    bool all = site.certain;
    for (const ReachedCall* call : site.calls) {
      const std::optional<size_t> argument = carries(*call, data);
      if (is_called(call->callee, check_.with) && argument) continue;
      if (is_called(call->callee, check_.function) && argument) continue;  // new data, its own walk
      if (flow_.never_returns(call->callee) && !argument) continue;
      if (!argument || is_harmless(plain_name(call->callee))) {
        all = false;
        continue;
      }
      const std::vector<FunctionId>& bodies = v_.program.defined(call->callee);
      if (bodies.empty() || depth > 0) {
        use = Use{site.at, function, plain_name(call->callee)};
        return true;
      }
      for (const FunctionId inner : bodies) all &= inside(inner, *argument, use);
    }
    return all;
  }

  bool inside(FunctionId function, size_t argument, std::optional<Use>& use) {
    const std::string data = fmt::format("param:{}", argument);
    return walk(function, data, flow_.body(function).entry, 0, 1, use) == Outcome::Checked;
  }

  static std::optional<size_t> carries(const ReachedCall& call, const std::string& data) {
    for (size_t i = 0; i < call.arguments->size(); ++i)
      for (const Atom& atom : (*call.arguments)[i].alternatives)
        if ((atom.kind == AtomKind::Slot || atom.kind == AtomKind::Address) && atom.text == data)
          return i;
    return std::nullopt;
  }

  void report(const ReachedCall& call, const Use& use) {
    if (!reported_.insert({call.step.at, use.at}).second) return;
    auto report = v_.sink.report(check_.span, diag::UncheckedData, check_.function, call.step.at,
                                 use.callee, use.at, check_.with);
    v_.add_path(report, call.step, check_.function);
    if (use.caller != call.step.caller)
      report.note(fmt::format("used in {} at {}", v_.plain(use.caller), print(use.at)));
  }

  const ComponentView& v_;
  const CallFlow& flow_;
  const CodeCheck& check_;
  std::set<std::pair<Place, Place>> reported_;
};

}  // namespace

void check_validators(const ComponentView& view) {
  if (view.code.checks.empty()) return;
  const CallFlow flow(view.program, view.reach);
  for (const CodeCheck& check : view.code.checks) Validator(view, flow, check).check();
}

}  // namespace bh
