// Reading a large policy: text to CheckedModel, 1,000 components and 100,000 rules (about 10 MB),
// or as many as the first argument says. Prints one JSON object: processor time and the largest
// memory of the process.
#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <random>

#include "lang/compile.h"
#include "tests/bench/timing.h"

using namespace bh;

static std::string generate(unsigned components, unsigned rules) {
  std::mt19937 random(1);
  std::string text =
      "policy big 1\nlattice secrecy { public < internal < secret }\ntype Slot = u8 in "
      "0..15\ninterface Service {\n";
  for (int m = 0; m < 8; ++m) {
    text += fmt::format(
        "    call method{}(slot: Slot, length: u32, data: bytes[..256]) -> out: bytes[..64]\n", m);
  }
  text += "}\n";
  const char* levels[] = {"public", "internal", "secret"};
  for (unsigned c = 0; c < components; ++c) {
    text += fmt::format(
        "component Component{} {{ label {}  provides main: Service  provides spare: Service }}\n",
        c, levels[c % 3]);
  }
  const char* conditions[] = {"", " when slot in {1, 2, 8..12}",
                              " when slot = 3 and size(data) <= 128",
                              " unless length > 1000 or slot < 4"};
  const char* methods[] = {"main.method1", "main.{method1, method2}", "spare"};
  for (unsigned r = 0; r < rules; ++r) {
    text += fmt::format("{} rule_number_{}: Component{} -> Component{}.{}{}\n",
                        r % 10 == 0 ? "deny" : "allow", r, random() % components,
                        random() % components, methods[random() % 3], conditions[random() % 4]);
    if (r % 4 == 0) text += "    because \"the design says so in its chapter on these services\"\n";
  }
  return text;
}

int main(int argc, char** argv) {
  constexpr unsigned Components = 1'000;
  const unsigned rules = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 100'000;
  std::string text = generate(Components, rules);
  const size_t bytes = text.size();
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const double start = processor_milliseconds();
    SourceMap sources;
    DiagnosticSink sink;
    const auto checked = compile(sources, {sources.add("big.bh", text)}, sink);
    if (!checked || (*checked)->rules.size() != rules) {
      fmt::print(stderr, "bench_lang: the generated policy is not accepted\n");
      return 2;
    }
    best = std::min(best, processor_milliseconds() - start);
  }
  fmt::print(
      "{{\"bench\": \"parse_and_check\", \"components\": {}, \"rules\": {}, \"bytes\": {}, "
      "\"best_of\": 5, \"cpu_ms\": {:.0f}, \"peak_mib\": {:.0f}}}\n",
      Components, rules, bytes, best, peak_mib());
}
