#include <set>

#include "analyzer/checks/checks.h"
#include "analyzer/glob.h"

namespace bh {

static void report_forbidden(const ComponentView& v, const NamedText& forbidden,
                             const std::string& function, const Step& from) {
  auto report = v.sink.report(forbidden.span, diag::ForbiddenCall, v.name(), function, from.at);
  v.add_path(report, from, function);
}

// Each function that calls it is a finding of its own.
void check_forbidden(const ComponentView& v) {
  std::vector<std::pair<std::string, Step>> ways;
  for (const ReachedExternal& external : v.reach.externals)
    ways.push_back({plain_name(external.name), external.from});
  for (const ReachedFunction& reached : v.reach.functions)
    ways.push_back({v.plain(reached.function), v.way_to(reached.function)});
  for (const ReachedCall& call : v.reach.calls)
    ways.push_back({plain_name(call.callee), call.step});
  for (const NamedText& forbidden : v.code.forbids) {
    std::set<std::pair<FunctionId, std::string_view>> seen;
    for (const auto& [function, from] : ways)
      if (glob_matches(forbidden.text, function) && seen.insert({from.caller, function}).second)
        report_forbidden(v, forbidden, function, from);
  }
}

}  // namespace bh
