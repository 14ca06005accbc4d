// bench_check [COMPONENTS RULES]            checks a generated policy, by default of 1,000
// components
//                                           and 20,000 rules; prints one JSON object
// bench_check --print [COMPONENTS RULES]    prints the policy
// bench_check --flow                        checks one flow property with a declassifier on 60
//                                           components, held and broken
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "lang/compile.h"
#include "solver/check.h"
#include "tests/bench/large_policy.h"
#include "tests/bench/timing.h"

using namespace bh;

namespace {

// Each of 60 components sends to the next one and to the one eleven after it; the secret starts at
// the first, and what the last but one lets out is released. Broken: one edge goes past it.
std::string print_flow_policy(bool holds) {
  constexpr uint32_t Components = 60;
  std::string text =
      "policy sealed 1.0\nlattice secrecy { public < secret }\n"
      "interface I { call put(data: bytes[..64])  call ask(slot: u8) -> data: bytes[..64] }\n";
  for (uint32_t c = 0; c < Components; ++c) {
    text += fmt::format("component C{} {{ label {}  provides e: I }}\n", c,
                        c + 1 == Components ? "public" : "secret");
  }
  text += "release out: C59.e.put.data secret => public because \"sealed\"\n";
  for (uint32_t c = 0; c + 1 < Components; ++c) {
    text +=
        fmt::format("allow next{}: C{} -> C{}.e.put when size(data) >= {}\n", c, c, c + 1, c % 8);
    if (c + 11 < Components - 1)
      text += fmt::format("allow far{}: C{} -> C{}.e.put\n", c, c, c + 11);
  }
  if (!holds) text += "allow past: C59 -> C30.e.ask\n";
  return text + "never leaves: flow C0 ~> C59 except via out\n";
}

void bench_flow(bool holds) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("flow.bh", print_flow_policy(holds));
  const std::optional<CheckedModel> model = compile(sources, {file}, sink);
  for (const Diagnostic& d : sink.diagnostics())
    fmt::print(stderr, "{}: {}\n", sources.print(d.span), d.message);
  BH_CHECK(model);
  std::vector<double> check_ms;
  CheckResult result;
  for (int run = 0; run < 21; ++run) {
    DiagnosticSink findings;
    const auto start = BenchClock::now();
    result = check_policy(*model, {}, findings);
    check_ms.push_back(milliseconds_since(start));
  }
  fmt::print(
      "{{\"bench\": \"flow\", \"runs\": {}, \"components\": 60, \"rules\": {}, \"verdict\": "
      "\"{}\", "
      "\"check_ms\": {:.2f}}}\n",
      check_ms.size(), result.rules, print(result.properties[0].verdict), median(check_ms));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--flow") {
    bench_flow(true);
    bench_flow(false);
    return 0;
  }
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
  const int Runs = size.rules > 500'000 ? 1 : 5;
  std::vector<double> compile_ms;
  std::vector<double> check_ms;
  std::vector<double> check_cpu_ms;
  CheckResult result;
  for (int run = 0; run < Runs; ++run) {
    SourceMap sources;
    DiagnosticSink sink;
    const auto start = BenchClock::now();
    const std::optional<CheckedModel> model =
        compile(sources, {sources.add("large.bh", text)}, sink);
    compile_ms.push_back(milliseconds_since(start));
    const auto compiled = BenchClock::now();
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
      "\"compile_ms\": {:.0f}, \"check_ms\": {:.0f}, \"check_cpu_ms\": {:.0f}, \"peak_mib\": "
      "{:.0f}}}\n",
      Runs, size.components, result.rules, result.cells, result.conditional_cells,
      result.properties.size(), result.questions, text.size(), median(compile_ms), median(check_ms),
      median(check_cpu_ms), peak_mib());
}
