// What leaves the machine: one JSON object a line (README.md), and the marked lines of components.
#pragma once

#include <stdint.h>

#include "targets/microkernel/kernel/component.h"
#include "targets/microkernel/monitor/crash_record.h"

namespace bh::kernel {

void put(const char* text);
void put(uint64_t number);
// {"audit":...}, without the end of the line.
void put(const bh_audit& record);
// One after the other.
template <typename First, typename Second, typename... More>
void put(First first, Second second, More... more) {
  put(first);
  put(second);
  (put(more), ...);
}
// {"crash":...}; the first line of a boot after a crash.
void put(const CrashRecord& crash);
// Takes the text of a print call: completed lines go out, marked with their writer.
void print(Component& writer, const uint64_t* text, uint64_t bytes);
// Sends out what stands in an incomplete line.
void flush(Component& writer);

struct Totals {
  uint64_t records = 0;
  uint64_t lost = 0;
};
// {"exit":...}; the last line of every run.
void put_exit(uint64_t status, const char* why, const Totals& totals);

}  // namespace bh::kernel
