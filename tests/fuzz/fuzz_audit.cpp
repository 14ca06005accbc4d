// The reader of the microkernel's console on any bytes: a record that it accepts is printed as the
// very line that it was read from.
#include <cstdlib>
#include <string_view>

#include "core/audit/console.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const bh::Result<bh::ConsoleLine> read = bh::read_console_line(line);
    if (!read.has_value()) continue;
    const auto* record = std::get_if<bh::AuditRecord>(&*read);
    if (record != nullptr && bh::print(*record) != line) std::abort();
  }
  return 0;
}
