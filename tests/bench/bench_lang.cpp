// Reading a large policy: text to CheckedModel, 1,000 components and 20,000 rules. Prints one JSON
// object.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "lang/compile.h"

using namespace bh;

static std::string generate(unsigned components, unsigned rules) {
  std::mt19937 random(1);
  std::string text =
      "policy big 1\nlattice secrecy { public < internal < secret }\ntype Slot = u8 in "
      "0..15\ninterface Svc {\n";
  for (int m = 0; m < 8; ++m) {
    text += fmt::format(
        "    call m{}(slot: Slot, len: u32, data: bytes[..256]) -> out: bytes[..64]\n", m);
  }
  text += "}\n";
  const char* levels[] = {"public", "internal", "secret"};
  for (unsigned c = 0; c < components; ++c) {
    text += fmt::format("component C{} {{ label {}  provides a: Svc  provides b: Svc }}\n", c,
                        levels[c % 3]);
  }
  const char* conditions[] = {"", " when slot in {1, 2, 8..12}",
                              " when slot = 3 and size(data) <= 128",
                              " unless len > 1000 or slot < 4"};
  const char* methods[] = {"a.m1", "a.{m1, m2}", "b"};
  for (unsigned r = 0; r < rules; ++r) {
    text += fmt::format("{} r{}: C{} -> C{}.{}{}\n", r % 10 == 0 ? "deny" : "allow", r,
                        random() % components, random() % components, methods[random() % 3],
                        conditions[random() % 4]);
  }
  return text;
}

int main() {
  constexpr unsigned Components = 1'000;
  constexpr unsigned Rules = 20'000;
  const std::string text = generate(Components, Rules);
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    SourceMap sources;
    DiagnosticSink sink;
    const auto checked = compile(sources, {sources.add("big.bh", text)}, sink);
    if (!checked || (*checked)->rules.size() != Rules) {
      fmt::print(stderr, "bench_lang: the generated policy is not accepted\n");
      return 2;
    }
    best = std::min(
        best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                  .count());
  }
  fmt::print(
      "{{\"bench\": \"parse_and_check\", \"components\": {}, \"rules\": {}, \"bytes\": {}, "
      "\"best_of\": 5, "
      "\"ms\": {:.0f}}}\n",
      Components, Rules, text.size(), best);
}
