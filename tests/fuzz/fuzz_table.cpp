// The kernel's verifier on any bytes: it accepts only what can be explored in bounds. The hash is
// made right first (a fuzzer would never find one), so that the structure checks stand alone.
#include <cstring>
#include <vector>

#include "targets/microkernel/monitor/verify.h"
#include "targets/microkernel/testing/explore.h"
#include "targets/microkernel/testing/system_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bh::kernel;
  testing::ByteVector blob(data, data + size);
  if (size >= sizeof(bh_header)) {
    const uint64_t magic = BH_MAGIC;
    const uint32_t version = BH_FORMAT_VERSION;
    std::memcpy(blob.data() + offsetof(bh_header, magic), &magic, sizeof magic);
    std::memcpy(blob.data() + offsetof(bh_header, format_version), &version, sizeof version);
    testing::seal_blob(blob);
  }
  Verification v = verify(blob.data(), blob.size());
  if (v.fault == BH_EXIT_OK) testing::explore(v.table);
  return 0;
}
