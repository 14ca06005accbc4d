// Boots the instruction count of a monitored call and prints it as JSON; exit 1 if the bar is
// broken.
#include <cstdio>

#include "tests/boot/machine.h"

using namespace bh::boot_test;
using namespace bh::kernel::testing;

namespace {

constexpr int Bar = 250;  // kernel instructions of a monitored and audited call with its reply

SystemSpec measured_system() {
  MethodSpec words{6, 0, 6, 0, false, {}};
  // Two clauses of two tests; the second clause holds.
  Condition condition = {{{0, 1, 1}, {1, 9, 9}}, {{0, 1, 1}, {1, 2, 2}}};
  ProtocolSpec counted{BH_INSTANCE_PER_CALLER, 1, 0, {{0, 0, BH_OUTCOME_CALL, 0, 1000000}}};
  SystemSpec system;
  system.components = {
      {{{0, 7, 2, {{2, condition}}}, {1, 1, 0, {}}}, BH_COMPONENT_MAY_SHUTDOWN, {}}, {}};
  system.endpoints = {{1, {words, words, words}, {}}, {1, {words}, {counted}}};
  return system;
}

// The JSON that the client printed, its marks taken off.
nlohmann::json printed_json(const Outcome& outcome) {
  std::string text;
  for (const std::string& line : outcome.printed) text += line.substr(line.find(' ') + 1);
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace

int main() {
  Boot boot;
  boot.blob = build_blob(measured_system());
  boot.archive = build_archive({read_bytes(BH_BINARY_DIR "/microkernel/bench_ipc_client.elf"),
                                read_bytes(BH_BINARY_DIR "/microkernel/bench_ipc_server.elf")},
                               BH_ARCHIVE_COUNTERS, 5000);
  Outcome outcome = run(boot);
  nlohmann::json counts = printed_json(outcome);
  if (outcome.exit != 0 || !counts.is_object()) {
    std::fprintf(stderr, "the measured system failed (exit %d):\n%s", outcome.exit,
                 outcome.text.c_str());
    return 2;
  }
  int64_t worst = std::max(counts["monitored"]["kernel"].get<int64_t>(),
                           counts["audited"]["kernel"].get<int64_t>());
  nlohmann::json report = {{"name", "ipc_call_reply_instructions"},
                           {"counts", counts},
                           {"bar", Bar},
                           {"within_bar", worst < Bar},
                           {"sel4_fastpath", 406}};
  std::printf("%s\n", report.dump().c_str());
  return worst < Bar ? 0 : 1;
}
