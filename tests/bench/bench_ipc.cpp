// bench_ipc [--accept]: kernel instructions of calls with their replies under tables of 4 to 4,096
// components, of a decision, and of a condition, exact, as JSON. They must be those of
// tests/bench/budgets.json, which --accept rewrites, hold the bars, and not depend on the size of
// the table; exit 1 if they do not.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tests/boot/machine.h"

using namespace bh::boot_test;
using namespace bh::kernel::testing;

namespace {

constexpr int Bar = 250;  // kernel instructions of a monitored and audited call with its reply
constexpr int DecisionBar = 12;
constexpr int FourTestsBar = 60;
constexpr const char* Budgets = BH_SOURCE_DIR "/tests/bench/budgets.json";

// Two components that run, and as many more as it takes, each with an endpoint and 16 channels.
SystemSpec measured_system(uint16_t components) {
  MethodSpec words{6, 0, 6, 0, false, {}};
  // Two clauses of two tests; the second clause holds.
  Condition condition = {{{0, 1, 1}, {1, 9, 9}}, {{0, 1, 1}, {1, 2, 2}}};
  ProtocolSpec counted{BH_INSTANCE_PER_CALLER, 1, 0, {{0, 0, BH_OUTCOME_CALL, 0, 1000000}}};
  MethodSpec ranged{6, 0, 6, 0, false, {{{0, 0, 9}}}};
  MethodSpec bytes{1, 1, 0, 0, false, {}};
  MethodSpec event{6, 0, 0, 0, true, {}};
  SystemSpec system;
  system.components = {{{{0, 63, 2, {{2, condition}}}, {1, 1, 0, {}}}, true, {}}, {}};
  system.endpoints = {{1, {words, words, words, ranged, bytes, event}, {}},
                      {1, {words}, {counted}}};
  for (uint16_t c = 2; c < components; ++c) {
    system.endpoints.push_back({c, {words, words}, {}});
    ComponentSpec absent;
    for (uint32_t e = 2; e < std::min<uint32_t>(components, 18); ++e) {
      absent.edges.push_back({static_cast<uint16_t>(e), 1 + (c + e) % 3, 0, {}});
    }
    system.components.push_back(absent);
  }
  return system;
}

// The JSON that the client printed, its marks taken off.
nlohmann::json printed_json(const Outcome& outcome) {
  std::string text;
  for (const std::string& line : outcome.printed) text += line.substr(line.find(' ') + 1);
  return nlohmann::json::parse(text, nullptr, false);
}

nlohmann::json measure(uint16_t components) {
  Boot boot;
  boot.blob = build_blob(measured_system(components));
  std::vector<ByteVector> images(components);
  images[0] = read_bytes(BH_BINARY_DIR "/microkernel/bench_ipc_client.elf");
  images[1] = read_bytes(BH_BINARY_DIR "/microkernel/bench_ipc_server.elf");
  boot.archive = build_archive(images, BH_ARCHIVE_COUNTERS, 5000);
  Outcome outcome = run(boot);
  nlohmann::json counts = printed_json(outcome);
  if (outcome.exit == 0 && counts.is_object()) return counts;
  std::fprintf(stderr, "the measured system failed (exit %d):\n%s", outcome.exit,
               outcome.text.c_str());
  std::exit(2);
}

// By name; a count that is not the same in every round is none.
nlohmann::json kernel_counts(const nlohmann::json& counts) {
  nlohmann::json kernel;
  for (const auto& [name, span] : counts.items()) {
    if (span.value("kernel_most", span["kernel"]) == span["kernel"]) kernel[name] = span["kernel"];
  }
  return kernel;
}

bool within_budgets(const nlohmann::json& measured) {
  std::ifstream file(Budgets);
  const nlohmann::json budgets = nlohmann::json::parse(file, nullptr, false);
  if (measured == budgets) return true;
  const auto text = [](const nlohmann::json& counts, const std::string& name) {
    return counts.contains(name) ? counts[name].dump() : "nothing";
  };
  nlohmann::json all = measured;
  if (budgets.is_object()) all.update(budgets);
  for (const auto& [name, count] : all.items()) {
    if (text(measured, name) == text(budgets, name)) continue;
    std::fprintf(stderr, "%s: %s kernel instructions, %s in %s\n", name.c_str(),
                 text(measured, name).c_str(), text(budgets, name).c_str(), Budgets);
  }
  std::fprintf(stderr, "to accept them: build/bench_ipc --accept, and say why in the commit\n");
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  const nlohmann::json counts = measure(4);
  bool same = true;
  for (uint16_t components : {64, 1024, 4096}) {
    const nlohmann::json larger = measure(components);
    for (const auto& [name, span] : counts.items()) {
      if (larger.value(name, nlohmann::json()) == span) continue;
      same = false;
      std::fprintf(stderr, "%s: %s of %u components, %s of 4\n", name.c_str(),
                   larger.value(name, nlohmann::json()).dump().c_str(), unsigned{components},
                   span.dump().c_str());
    }
  }
  const nlohmann::json kernel = kernel_counts(counts);
  if (count == 2 && std::strcmp(arguments[1], "--accept") == 0) {
    std::ofstream(Budgets) << kernel.dump(2) << "\n";
  }
  const auto within = [&](const char* what, int bar) { return kernel.value(what, bar + 1) <= bar; };
  const bool held = within("monitored", Bar) && within("audited", Bar) &&
                    within("decision", DecisionBar) && within("four_tests", FourTestsBar);
  nlohmann::json report = {{"name", "ipc_call_reply_instructions"},
                           {"counts", counts},
                           {"bar", Bar},
                           {"within_bar", held},
                           {"same_for_4_to_4096_components", same},
                           {"sel4_fastpath", 406}};
  std::printf("%s\n", report.dump().c_str());
  return within_budgets(kernel) && held && same ? 0 : 1;
}
