// bench_states            checks the airlock of 32 doors, safe and unsafe; one JSON object each
// bench_states --print    prints the safe policy
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "lang/compile.h"
#include "solver/check.h"
#include "tests/bench/airlock.h"
#include "tests/bench/timing.h"

using namespace bh;

namespace {

// Of the policy's one property.
int measure(const Airlock& airlock, Verdict expected) {
  constexpr int Runs = 5;
  const std::string text = print_airlock(airlock);
  std::vector<double> milliseconds;
  CheckResult result;
  for (int run = 0; run < Runs; ++run) {
    SourceMap sources;
    DiagnosticSink sink;
    const auto start = BenchClock::now();
    const std::optional<CheckedModel> model =
        compile(sources, {sources.add("airlock.bh", text)}, sink);
    if (model) result = check_policy(*model, {}, sink);
    milliseconds.push_back(milliseconds_since(start));
    if (!model || result.properties.at(0).verdict != expected) {
      fmt::print(stderr, "the verdict is not {}\n", print(expected));
      return 1;
    }
  }
  fmt::print(
      "{{\"bench\": \"states\", \"runs\": {}, \"components\": {}, \"states_each\": 4, "
      "\"verdict\": \"{}\", \"check_ms\": {:.0f}}}\n",
      Runs, airlock.doors, print(expected), median(milliseconds));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--print") {
    std::fputs(print_airlock({}).c_str(), stdout);
    return 0;
  }
  const int safe = measure({32, false}, Verdict::Proved);
  const int unsafe = measure({32, true}, Verdict::Violated);
  return safe != 0 ? safe : unsafe;
}
