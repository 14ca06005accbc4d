// Counts the instructions of a call and its reply, from the caller's trap to its next instruction.
// Then those of the monitor's decision and of a condition of four tests, by the code that the
// kernel inlines, alone. Needs the event counters (BH_ARCHIVE_COUNTERS) and QEMU's -icount, which
// makes the counts exact. Prints one JSON line.
#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/user/bulkhead.h"

BH_COMPONENT(0xb007)

namespace {

using namespace bh;

constexpr int Rounds = 64;
constexpr uint16_t MachineChannel = 2;

void end(uint64_t status) {
  user::Words words{{status}};
  user::call(MachineChannel, BH_MACHINE_SHUTDOWN, words);
}

struct Span {
  uint64_t all = 0;
  uint64_t kernel = 0;
};

// The second read of each counter is the only instruction of ours that a span contains.
template <bh_syscall Number>
Span one_call(uint64_t channel, uint64_t method, uint64_t first_word) {
  register uint64_t x0 asm("x0") = channel;
  register uint64_t x1 asm("x1") = method;
  register uint64_t x2 asm("x2") = first_word;
  register uint64_t x3 asm("x3") = 2;
  register uint64_t x4 asm("x4") = 3;
  register uint64_t x5 asm("x5") = 4;
  register uint64_t x6 asm("x6") = 5;
  register uint64_t x7 asm("x7") = 6;
  uint64_t kernel0, kernel1, all0, all1;
  asm volatile(
      "isb\n\tmrs %[k0], pmevcntr1_el0\n\tmrs %[a0], pmevcntr0_el0\n\tsvc %[number]\n\t"
      "mrs %[a1], pmevcntr0_el0\n\tmrs %[k1], pmevcntr1_el0"
      : [k0] "=&r"(kernel0), [k1] "=&r"(kernel1), [a0] "=&r"(all0), [a1] "=&r"(all1), "+r"(x0),
        "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
      : [number] "i"(Number)
      : "memory", "cc", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17");
  if (x0 != BH_OK) {
    user::print("the monitor did not grant a measured call\n");
    end(1);
  }
  return {all1 - all0 - 1, kernel1 - kernel0};
}

template <bh_syscall Number = BH_CALL>
void measure(const char* name, uint64_t channel, uint64_t method, uint64_t first_word = 1,
             const char* separator = ",\n") {
  Span least{~uint64_t{0}, ~uint64_t{0}};
  Span most;
  for (int round = 0; round < Rounds; ++round) {
    Span span = one_call<Number>(channel, method, first_word);
    if (round == 0) continue;  // the first may read one more
    if (span.kernel < least.kernel) least = span;
    if (span.kernel > most.kernel) most = span;
  }
  user::print("\"");
  user::print(name);
  user::print("\":{\"kernel\":");
  user::print_number(least.kernel);
  user::print(",\"total\":");
  user::print_number(least.all);
  user::print(",\"kernel_most\":");
  user::print_number(most.kernel);
  user::print("}");
  user::print(separator);
}

// ---- alone: the kernel's inline functions, in a call whose own cost is taken off
// --------------------

using kernel::plainly_granted;

struct Asked {
  const uint32_t* plain;
  const bh_test* tests;
  const uint64_t* words;
  uint64_t count, channel, method;
};

[[gnu::noinline]] bool nothing(const Asked&) { return true; }
[[gnu::noinline]] bool decision(const Asked& a) {
  return plainly_granted(a.plain, a.count, a.channel, a.method);
}
[[gnu::noinline]] bool condition(const Asked& a) { return kernel::holds(a.tests, a.words); }

using Alone = bool (*)(const Asked&);

uint64_t instructions(Alone volatile* function, const Asked& asked, bool expected) {
  uint64_t least = ~uint64_t{0};
  for (int round = 0; round < Rounds; ++round) {
    Alone f = *function;
    uint64_t before, after;
    asm volatile("isb\n\tmrs %0, pmevcntr0_el0" : "=r"(before)::"memory");
    const bool answer = f(asked);
    asm volatile("mrs %0, pmevcntr0_el0" : "=r"(after)::"memory");
    if (answer != expected) end(2);
    if (after - before < least) least = after - before;
  }
  return least;
}

void measure_alone(const char* name, Alone function, const Asked& asked, const char* separator) {
  Alone volatile empty = nothing;
  Alone volatile measured = function;
  // What `nothing` does itself is one instruction.
  const uint64_t count =
      instructions(&measured, asked, true) - instructions(&empty, asked, true) + 1;
  user::print("\"");
  user::print(name);
  user::print("\":{\"kernel\":");
  user::print_number(count);
  user::print("}");
  user::print(separator);
}

void measure_alone() {
  static uint32_t plain[16] = {};
  plain[9] = 0xf0;
  static bh_test tests[4] = {};
  for (uint8_t i = 0; i < 4; ++i) tests[i] = {~uint64_t{0}, 1, 9, i, 0, 0, {}};
  tests[3].last_of_clause = tests[3].last_of_rule = 1;
  static const uint64_t words[BH_WORDS] = {1, 2, 3, 9, 0, 0};
  const Asked asked{plain, tests, words, 16, 9, 5};
  measure_alone("decision", decision, asked, ",\n");
  measure_alone("four_tests", condition, asked, "}\n");
}

}  // namespace

extern "C" void component_main() {
  user::print("{");
  measure("monitored", 0, 0);
  measure("audited", 0, 1);
  measure("conditional", 0, 2);
  measure("result_range", 0, 3);
  measure("bytes_64", 0, 4, 64);
  measure("event", 0, 5);
  measure("protocol", 1, 0);
  // No call is open: the way into the kernel and back.
  measure<BH_REPLY>("system_call", BH_OK, BH_NOBODY);
  measure_alone();
  end(0);
}
