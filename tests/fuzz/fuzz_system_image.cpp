// The kernel's reader of system images, on an image with any changes and a digest made right again:
// it reads nothing outside (the sanitizers watch), and what it hands out is what the tree vouches
// for.
#include <cstdlib>
#include <cstring>

#include "targets/microkernel/kernel/image.h"
#include "targets/microkernel/testing/sample_system.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bh::kernel;
  static const testing::ByteVector good =
      testing::build_image({testing::build_blob(testing::sample_system()),
                            testing::build_archive({{1}, {2}, {3}}, 0, 1)});
  testing::ByteVector bytes = good;
  // Each change is three bytes: where, and to what.
  for (size_t i = 0; i + 3 <= size; i += 3) {
    bytes[(data[i] | size_t{data[i + 1]} << 8) % bytes.size()] = data[i + 2];
  }
  testing::seal_image(bytes);
  SystemImage image;
  if (image.open(bytes.data(), bytes.size()) != BH_EXIT_OK) return 0;
  const Verification table = image.table();
  const bh_archive* archive = nullptr;
  if (table.fault != BH_EXIT_OK || read_archive(image, 3, archive) != BH_EXIT_OK) return 0;
  for (uint32_t i = 0; i < 3; ++i) {
    Bytes file;
    if (read_entry(image, i, file) != BH_EXIT_OK) continue;
    const size_t at = static_cast<size_t>(file.at - bytes.data());
    // The tree is that of the good image unless its root was changed as well, for which the fuzzer
    // has no hash.
    if (std::memcmp(file.at, good.data() + at, file.count) != 0) std::abort();
  }
  return 0;
}
