#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <set>

#include "analyzer/call_flow.h"
#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// How much of the chain may have been done: bit n for "the first n steps". At most 16 steps.
using Progress = uint32_t;

// A function together with how much was done when it was called.
struct Context {
  FunctionId function;
  uint32_t done = 0;
  std::optional<size_t> region;  // what follows a call in it: an index into Reach::regions
  auto operator<=>(const Context&) const = default;
};

// One `must a then b before c`. A summary of each function, for each progress it is called with,
// says with what progress it may return; a search from the entries then finds the nearest call of c
// with less than all.
class Obligation {
 public:
  Obligation(const ComponentView& view, const CallFlow& flow, const CodeMust& must)
      : v_(view), flow_(flow), must_(must), all_(static_cast<uint32_t>(must.steps.size())) {}

  void check() {
    for (const Context& start : starts()) summary(start);
    solve();
    search();
    ObligationResult result{
        fmt::format("{} before {}", fmt::join(must_.steps, " then "), must_.before), calls_.size(),
        missed_.size()};
    if (calls_.empty()) v_.sink.report(must_.span, diag::ObligationUnused, must_.before, v_.name());
    v_.result.obligations.push_back(std::move(result));
  }

 private:
  struct Summary {
    Progress returns = 0;
    std::set<Context> readers;
  };
  struct Arrival {
    Context from;
    Place at;
  };

  // Where execution begins: the entries, and what follows the calls that entries name.
  std::vector<Context> starts() const {
    std::vector<Context> found;
    std::set<FunctionId> partial;
    for (size_t i = 0; i < v_.reach.regions.size(); ++i) {
      partial.insert(v_.reach.regions[i].function);
      if (!v_.reach.regions[i].after) found.push_back({v_.reach.regions[i].function, 0, i});
    }
    for (const ReachedFunction& reached : v_.reach.functions)
      if (!reached.from && !partial.contains(reached.function))
        found.push_back({reached.function, 0, std::nullopt});
    return found;
  }

  // Where execution goes on once the region of the context has returned.
  std::vector<Context> callers(const Context& context, Progress returns) const {
    std::vector<Context> found;
    for (size_t i = 0; context.region && i < v_.reach.regions.size(); ++i)
      if (v_.reach.regions[i].after == context.region)
        for (uint32_t done = 0; done <= all_; ++done)
          if ((returns >> done & 1) != 0) found.push_back({v_.reach.regions[i].function, done, i});
    return found;
  }

  Progress summary(const Context& context) {
    const auto [at, added] = summaries_.try_emplace(context);
    if (added) open_.push_back(context);
    return at->second.returns;
  }

  void solve() {
    while (!open_.empty()) {
      const Context context = open_.front();
      open_.pop_front();
      const Progress returns = run(context, [](const FlowSite&, const ReachedCall&, uint32_t) {});
      Summary& own = summaries_[context];
      if ((own.returns | returns) == own.returns) continue;
      own.returns |= returns;
      for (const Context& next : callers(context, own.returns)) summary(next);
      open_.insert(open_.end(), own.readers.begin(), own.readers.end());
    }
  }

  // Progress at the function's returns. `seen(site, call, done)` for each call and progress.
  template <class Seen>
  Progress run(const Context& context, Seen seen) {
    const FlowBody& body = flow_.body(context.function);
    std::map<uint32_t, Progress> before;
    std::deque<uint32_t> open;
    const auto enter = [&](uint32_t block, Progress progress) {
      Progress& known = before[block];
      if ((known | progress) == known) return;
      known |= progress;
      open.push_back(block);
    };
    const Region* region = context.region ? &v_.reach.regions[*context.region] : nullptr;
    Progress returns = 0;
    const auto leave = [&](const FlowBody::Block& block, Progress progress) {
      if (block.leaves) returns |= progress;
      if (progress == 0) return;
      for (const uint32_t next : block.next)
        if (!region || region->blocks.empty() || region->blocks.contains(next))
          enter(next, progress);
    };
    if (region) {
      const auto block = body.blocks.find(CallFlow::block_number(region->start));
      Progress progress = Progress{1} << context.done;
      if (block == body.blocks.end()) return progress;
      for (const FlowSite& site : block->second.sites)
        if (site.order > region->order) progress = pass(context, site, progress, seen);
      leave(block->second, progress);
    } else {
      enter(body.entry, Progress{1} << context.done);
    }
    while (!open.empty()) {
      const uint32_t id = open.front();
      open.pop_front();
      const auto block = body.blocks.find(id);
      if (block == body.blocks.end()) continue;
      Progress progress = before[id];
      for (const FlowSite& site : block->second.sites)
        progress = pass(context, site, progress, seen);
      leave(block->second, progress);
    }
    return returns;
  }

  template <class Seen>
  Progress pass(const Context& context, const FlowSite& site, Progress before, Seen seen) {
    Progress after = site.certain ? 0 : before;
    for (uint32_t done = 0; done <= all_; ++done) {
      if ((before >> done & 1) == 0) continue;
      for (const ReachedCall* call : site.calls) {
        seen(site, *call, done);
        after |= call_result(context, call->callee, done);
      }
    }
    return after;
  }

  // A step counts from the moment it is called.
  Progress call_result(const Context& context, const std::string& callee, uint32_t done) {
    const uint32_t now = advance(callee, done);
    const std::vector<FunctionId>& bodies = v_.program.defined(callee);
    Progress after = bodies.empty() ? Progress{1} << now : 0;
    for (const FunctionId body : bodies) {
      const Context callee_context{body, now, std::nullopt};
      after |= summary(callee_context);
      summaries_[callee_context].readers.insert(context);
    }
    return flow_.never_returns(callee) ? 0 : after;
  }

  uint32_t advance(const std::string& callee, uint32_t done) const {
    return done < all_ && is_called(callee, must_.steps[done]) ? done + 1 : done;
  }

  // Contexts in the order of their distance from the entries.
  void search() {
    std::deque<Context> open;
    for (const Context& start : starts()) {
      arrivals_[start] = {};
      open.push_back(start);
    }
    while (!open.empty()) {
      const Context context = open.front();
      open.pop_front();
      const auto seen = [&](const FlowSite& site, const ReachedCall& call, uint32_t done) {
        if (is_called(call.callee, must_.before)) arrive(context, site, done);
        for (const FunctionId body : v_.program.defined(call.callee)) {
          const Context next{body, advance(call.callee, done), std::nullopt};
          if (arrivals_.try_emplace(next, Arrival{context, site.at}).second) open.push_back(next);
        }
      };
      const Progress returns = run(context, seen);
      for (const Context& next : callers(context, returns))
        if (arrivals_.try_emplace(next, Arrival{context, v_.fact(context.function).at}).second)
          open.push_back(next);
    }
  }

  void arrive(const Context& context, const FlowSite& site, uint32_t done) {
    calls_.insert(site.at);
    if (done == all_ || !missed_.insert(site.at).second) return;
    const std::string& step = must_.steps[done];
    auto report =
        v_.sink.report(must_.span, diag::ObligationMissed, v_.name(), must_.before, site.at, step);
    v_.add_path(report, site.at, path(context, site.at), must_.before);
    report.note(where_called(step)).key_word(v_.plain(context.function));
  }

  std::vector<std::string> path(Context context, Place at) const {
    std::vector<std::string> steps;
    while (true) {
      steps.push_back(fmt::format("{} ({})", v_.plain(context.function), print(at)));
      const Arrival& arrival = arrivals_.at(context);
      if (!arrival.from.function.valid()) break;
      context = arrival.from;
      at = arrival.at;
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  std::string where_called(const std::string& step) const {
    constexpr size_t Most = 3;
    std::set<Place> places;
    for (const ReachedCall& call : v_.reach.calls)
      if (is_called(call.callee, step)) places.insert(call.step.at);
    if (places.empty())
      return fmt::format("'{}' is called nowhere in the code that is reached", step);
    std::vector<std::string> shown;
    for (const Place& place : places)
      if (shown.size() < Most) shown.push_back(print(place));
    return fmt::format("'{}' is called at {}{}, but not on every path to this call in time", step,
                       fmt::join(shown, ", "), places.size() > Most ? ", .." : "");
  }

  const ComponentView& v_;
  const CallFlow& flow_;
  const CodeMust& must_;
  const uint32_t all_;
  std::map<Context, Summary> summaries_;
  std::deque<Context> open_;
  std::map<Context, Arrival> arrivals_;
  std::set<Place> calls_;
  std::set<Place> missed_;
};

}  // namespace

void check_obligations(const ComponentView& view) {
  if (view.code.musts.empty()) return;
  const CallFlow flow(view.program, view.reach);
  for (const CodeMust& must : view.code.musts) Obligation(view, flow, must).check();
}

}  // namespace bh
