// bench_check [COMPONENTS RULES]            checks a generated policy, by default of 1,000 components
//                                           and 20,000 rules; prints one JSON object
// bench_check --print [COMPONENTS RULES]    prints the policy
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "lang/compile.h"
#include "solver/check.h"
#include "tests/bench/large_policy.h"

using namespace bh;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Of this process, which has one thread: what is left when other work on the machine is taken out.
double processor_milliseconds() {
  return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const bool print_only = argc > 1 && std::string_view(argv[1]) == "--print";
  LargePolicy size;
  if (const int first = print_only ? 2 : 1; argc == first + 2) {
    size.components = static_cast<uint32_t>(std::strtoul(argv[first], nullptr, 10));
    size.rules = static_cast<uint32_t>(std::strtoul(argv[first + 1], nullptr, 10));
  }
  const std::string text = print_large_policy(size);
  if (print_only) {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  constexpr int Runs = 5;
  std::vector<double> compile_ms;
  std::vector<double> check_ms;
  std::vector<double> check_cpu_ms;
  CheckResult result;
  for (int run = 0; run < Runs; ++run) {
    SourceMap sources;
    DiagnosticSink sink;
    const auto start = Clock::now();
    const std::optional<CheckedModel> model =
        compile(sources, {sources.add("large.bh", text)}, sink);
    compile_ms.push_back(milliseconds_since(start));
    const auto compiled = Clock::now();
    const double processor = processor_milliseconds();
    if (model) result = check_policy(*model, {}, sink);
    check_ms.push_back(milliseconds_since(compiled));
    check_cpu_ms.push_back(processor_milliseconds() - processor);
    for (const Diagnostic& d : sink.diagnostics()) {
      fmt::print(stderr, "{}: {}: {}\n", sources.print(d.span), print_code(d.code), d.message);
    }
    if (!sink.diagnostics().empty()) return 1;
  }
  fmt::print(
      "{{\"bench\": \"check\", \"runs\": {}, \"components\": {}, \"rules\": {}, \"cells\": {}, "
      "\"conditional_cells\": {}, \"properties\": {}, \"questions\": {}, \"text_bytes\": {}, "
      "\"compile_ms\": {:.0f}, \"check_ms\": {:.0f}, \"check_cpu_ms\": {:.0f}}}\n",
      Runs, size.components, result.rules, result.cells, result.conditional_cells,
      result.properties.size(), result.questions, text.size(), median(compile_ms), median(check_ms),
      median(check_cpu_ms));
}
