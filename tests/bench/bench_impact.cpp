// bench_impact [COMPONENTS RULES]    ranks all components of a generated policy, by default of
// 1,024
//                                    components and 100,000 rules, and looks at one of them
//                                    closely; prints one JSON object
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "lang/compile.h"
#include "solver/queries/impact.h"
#include "tests/bench/large_policy.h"
#include "tests/bench/timing.h"

using namespace bh;

int main(int argc, char** argv) {
  LargePolicy size{1024, 100'000};
  if (argc == 3) {
    size.components = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
    size.rules = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  }
  SourceMap sources;
  DiagnosticSink sink;
  const auto start = BenchClock::now();
  const std::optional<CheckedModel> model =
      compile(sources, {sources.add("large.bh", print_large_policy(size))}, sink);
  const double compile_ms = milliseconds_since(start);
  if (!model) return 1;
  constexpr int Runs = 5;
  std::vector<double> all_ms;
  std::vector<double> one_ms;
  size_t links = 0;
  size_t influenced = 0;
  for (int run = 0; run < Runs; ++run) {
    const auto begin = BenchClock::now();
    const CheckOptions options;
    Engine engine(*model, options);
    const ImpactGraph graph(engine);
    const std::vector<ImpactRank> ranks = rank_impacts(engine, graph, [](size_t, size_t) {});
    all_ms.push_back(milliseconds_since(begin));
    const auto ranked = BenchClock::now();
    const Impact impact = find_impact(engine, graph, {ranks[0].component}, {});
    one_ms.push_back(milliseconds_since(ranked));
    if (impact.internal_error || impact.undecided) return 1;
    links = graph.links();
    influenced = 0;
    for (const ImpactRank& rank : ranks) influenced += rank.influenced;
  }
  fmt::print(
      "{{\"bench\": \"impact\", \"runs\": {}, \"components\": {}, \"rules\": {}, \"links\": {}, "
      "\"influenced\": {}, \"compile_ms\": {:.0f}, \"all_ms\": {:.0f}, \"one_ms\": {:.0f}}}\n",
      Runs, (*model)->components.size(), (*model)->rules.size(), links, influenced, compile_ms,
      median(all_ms), median(one_ms));
}
