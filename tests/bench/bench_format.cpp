// Formatting a large policy, its text written without any layout. Prints one JSON object.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>

#include "lang/format.h"
#include "tests/bench/large_policy.h"

using namespace bh;

static double cpu_milliseconds() {
  return 1e3 * static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

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
    const double start = cpu_milliseconds();
    DiagnosticSink sink;
    const auto formatted = format(sources[file], file, sink);
    if (!formatted) {
      fmt::print(stderr, "bench_format: the generated policy does not parse\n");
      return 2;
    }
    bytes = formatted->size();
    best = std::min(best, cpu_milliseconds() - start);
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"bench\": \"format\", \"rules\": {}, \"bytes\": {}, \"formatted_bytes\": {}, "
      "\"best_of\": 5, \"cpu_ms\": {:.0f}, \"peak_mib\": {}}}\n",
      size.rules, sources[file].text().size(), bytes, best, usage.ru_maxrss / 1024);
}
