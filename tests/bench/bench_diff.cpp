// bench_diff [COMPONENTS RULES EDITS]    compares a generated policy with itself after so many
//                                        edits, by default 1,024 components, 100,000 rules and
//                                        1,000 edits; prints one JSON object
// bench_diff --print [COMPONENTS RULES EDITS]    prints the edited policy
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "lang/compile.h"
#include "solver/queries/diff.h"
#include "tests/bench/large_policy.h"
#include "tests/bench/timing.h"

using namespace bh;

namespace {

// One of the edits that people make, in turn; "" removes the rule.
std::string edited(std::string line, size_t kind) {
  const size_t name = line.find(' ') + 1;
  switch (kind % 6) {
    case 0:  // narrower, or another condition besides
      return line.find(" when ") == std::string::npos ? line + " when slot <= 50"
                                                      : line + " and slot != 3";
    case 1:
      return "";
    case 2:
      return line.substr(0, name) + "renamed_" + line.substr(name);
    case 3: {  // wider
      const size_t brace = line.find("{m0, m");
      if (brace == std::string::npos) return line;
      return line.replace(brace, 7, line[brace + 6] == '4' ? "{m0, m3" : "{m0, m4");
    }
    case 4: {  // for all arguments
      const size_t when = line.find(" when ");
      return when == std::string::npos ? line + " when mode != test" : line.substr(0, when);
    }
    default:
      return line + " because \"nothing that matters\"";
  }
}

std::string edit(const std::string& text, uint32_t rules, uint32_t edits) {
  std::string result;
  const size_t step = std::max<uint32_t>(1, rules / std::max<uint32_t>(1, edits));
  size_t seen = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    const bool is_rule = line.starts_with("allow ") || line.starts_with("deny ");
    // Conditional ones stand at the start of each hundred: wander, and meet some.
    if (is_rule) {
      if (seen % step == seen / step % step) line = edited(std::move(line), seen / step);
      ++seen;
    }
    if (!line.empty()) result += line + "\n";
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const bool print_only = argc > 1 && std::string_view(argv[1]) == "--print";
  const int first = print_only ? 2 : 1;
  LargePolicy size;
  size.components = 1024;
  size.rules = 100'000;
  uint32_t edits = 1000;
  if (argc == first + 3) {
    size.components = static_cast<uint32_t>(std::strtoul(argv[first], nullptr, 10));
    size.rules = static_cast<uint32_t>(std::strtoul(argv[first + 1], nullptr, 10));
    edits = static_cast<uint32_t>(std::strtoul(argv[first + 2], nullptr, 10));
  }
  const std::string before_text = print_large_policy(size);
  const std::string after_text = edit(before_text, size.rules, edits);
  if (print_only) {
    std::fputs(after_text.c_str(), stdout);
    return 0;
  }
  SourceMap sources;
  DiagnosticSink sink;
  const auto start = BenchClock::now();
  const auto before = compile(sources, {sources.add("before.bh", before_text)}, sink);
  const auto after = compile(sources, {sources.add("after.bh", after_text)}, sink);
  const double compile_ms = milliseconds_since(start);
  for (const Diagnostic& d : sink.diagnostics()) {
    fmt::print(stderr, "{}: {}: {}\n", sources.print(d.span), print_code(d.code), d.message);
  }
  if (!before || !after) return 1;

  constexpr int Runs = 5;
  std::vector<double> diff_ms;
  std::vector<double> diff_cpu_ms;
  PolicyDiff diff;
  for (int run = 0; run < Runs; ++run) {
    const auto begin = BenchClock::now();
    const double processor = processor_milliseconds();
    diff = diff_policies(*before, *after, {});
    diff_ms.push_back(milliseconds_since(begin));
    diff_cpu_ms.push_back(processor_milliseconds() - processor);
  }
  for (const std::string& unknown : diff.unknown) fmt::print(stderr, "undecided: {}\n", unknown);
  fmt::print(
      "{{\"bench\": \"diff\", \"runs\": {}, \"components\": {}, \"rules\": {}, \"edits\": {}, "
      "\"cells\": {}, \"changes\": {}, \"renamed\": {}, \"questions\": {}, \"compile_both_ms\": "
      "{:.0f}, \"diff_ms\": {:.0f}, \"diff_cpu_ms\": {:.0f}, \"peak_mib\": {:.0f}}}\n",
      Runs, size.components, size.rules, edits, diff.cells, diff.changes.size(),
      diff.renamed.size(), diff.questions, compile_ms, median(diff_ms), median(diff_cpu_ms),
      peak_mib());
  return diff.unknown.empty() ? 0 : 1;
}
