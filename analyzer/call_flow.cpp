#include "analyzer/call_flow.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace bh {
namespace {

constexpr uint32_t OnlyBlock = 0;  // of a function without branches

}  // namespace

uint32_t CallFlow::block_number(const std::string& block) {
  const size_t colon = block.find(':');
  uint32_t number = OnlyBlock;
  if (colon != std::string::npos)
    std::from_chars(block.data() + colon + 1, block.data() + block.size(), number);
  return number;
}

namespace {

// exit(3), abort(3), err(3), longjmp(3), assert(3) and what C++ throws by.
constexpr auto Endings = std::to_array<std::string_view>({"_Exit",
                                                          "__assert",
                                                          "__assert_fail",
                                                          "__fortify_fail",
                                                          "__stack_chk_fail",
                                                          "_exit",
                                                          "_longjmp",
                                                          "abort",
                                                          "err",
                                                          "errx",
                                                          "exit",
                                                          "exit_group",
                                                          "longjmp",
                                                          "pthread_exit",
                                                          "quick_exit",
                                                          "siglongjmp",
                                                          "std::abort",
                                                          "std::exit",
                                                          "std::quick_exit",
                                                          "std::terminate",
                                                          "thrd_exit",
                                                          "verr",
                                                          "verrx"});

}  // namespace

CallFlow::CallFlow(const Program& program, const Reach& reach) : program_(program) {
  for (const ReachedFunction& reached : reach.functions) {
    FlowBody& body = bodies_[reached.function];
    const auto live = reach.flows.find(reached.function);
    if (live == reach.flows.end()) {
      body.entry = OnlyBlock;
      body.blocks[OnlyBlock].leaves = true;
      continue;
    }
    body.entry = live->second.entry;
    for (const auto& [id, block] : live->second.blocks)
      body.blocks[id] = {{block.next.begin(), block.next.end()}, {}, block.is_exit};
  }
  for (const ReachedCall& call : reach.calls) add(call, true);
  for (const ReachedCall& call : reach.handed) add(call, false);
  for (const UnresolvedSite& site : reach.unresolved) {
    const auto body = site.caller.valid() ? bodies_.find(site.caller) : bodies_.end();
    if (body == bodies_.end()) continue;
    for (FlowSite& known : body->second.blocks[block_number(site.site->block)].sites)
      if (known.order == site.site->order && known.at == site.site->at) known.certain = false;
  }
  for (auto& [function, body] : bodies_)
    for (auto& [id, block] : body.blocks)
      std::stable_sort(block.sites.begin(), block.sites.end(),
                       [](const FlowSite& a, const FlowSite& b) {
                         return std::tie(a.order, a.at) < std::tie(b.order, b.at);
                       });
}

void CallFlow::add(const ReachedCall& call, bool certain) {
  const auto body = bodies_.find(call.step.caller);
  if (body == bodies_.end()) return;
  std::vector<FlowSite>& sites = body->second.blocks[block_number(call.block)].sites;
  const auto same = std::find_if(sites.begin(), sites.end(), [&](const FlowSite& site) {
    return site.order == call.order && site.at == call.step.at && site.certain == certain;
  });
  if (same != sites.end())
    same->calls.push_back(&call);
  else
    sites.push_back({call.order, call.step.at, {&call}, certain});
}

bool CallFlow::never_returns(const std::string& link_name) const {
  const std::vector<FunctionId>& bodies = program_.defined(link_name);
  if (!bodies.empty())
    return std::all_of(bodies.begin(), bodies.end(), [&](FunctionId body) {
      return has(program_.functions()[body].fact->attributes, "noreturn");
    });
  const std::string name = plain_name(link_name);
  return std::binary_search(Endings.begin(), Endings.end(), name) ||
         name.starts_with("std::__throw_");
}

}  // namespace bh
