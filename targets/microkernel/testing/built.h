// A small system with its verified table, to be asked.
#pragma once

#include <cstdint>
#include <vector>

#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/monitor/verify.h"
#include "targets/microkernel/testing/system_builder.h"

namespace bh::kernel::testing {

// The table points into the blob; of a system that is refused it is empty.
struct Built {
  explicit Built(const SystemSpec& system)
      : blob(build_blob(system)), table(verify(blob.data(), blob.size()).table) {}
  Built(const Built&) = delete;
  Built& operator=(const Built&) = delete;

  // Words that are not given are zero.
  Grant ask(uint32_t subject, uint64_t channel, uint64_t method,
            std::vector<uint64_t> words = {}) const {
    words.resize(BH_WORDS);
    return decide(table, table.components[subject], channel, method, words.data());
  }

  ByteVector blob;
  Table table;
};

}  // namespace bh::kernel::testing
