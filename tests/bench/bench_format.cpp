// Formatting a large policy, its text written without any layout. Prints one JSON object.
#include <fmt/format.h>
#include <algorithm>

#include "lang/format.h"
#include "tests/bench/large_policy.h"
#include "tests/bench/timing.h"

using namespace bh;

int main() {
  LargePolicy size;
  size.components = 4'000;
  size.rules = 100'000;
  size.conditional_percent = 100;
  SourceMap sources;
  const FileId file = sources.add("large.bh", print_large_policy(size));
  double best = 1e9;
  size_t bytes = 0;
  for (int run = 0; run < 5; ++run) {
    const double start = processor_milliseconds();
    DiagnosticSink sink;
    const auto formatted = format(sources[file], file, sink);
    if (!formatted) {
      fmt::print(stderr, "bench_format: the generated policy does not parse\n");
      return 2;
    }
    bytes = formatted->size();
    best = std::min(best, processor_milliseconds() - start);
  }
  fmt::print(
      "{{\"bench\": \"format\", \"rules\": {}, \"bytes\": {}, \"formatted_bytes\": {}, "
      "\"best_of\": 5, \"cpu_ms\": {:.0f}, \"peak_mib\": {:.0f}}}\n",
      size.rules, sources[file].text().size(), bytes, best, peak_mib());
}
