// System images (docs/image.md): everything that one slot of the machine holds, in one file, each
// byte of which its digest vouches for; and the state with which a machine is provisioned to trust
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/sha256.h"

namespace bh {

struct ImageContents {
  std::span<const std::byte> table;  // a table blob; the image has its policy version
  std::vector<std::string> images;   // ELF files by component; empty: it has none
  bool verbose = true;               // every decision and reply leaves an audit record
  uint32_t run_limit_ms = UINT32_MAX;
  uint32_t healthy_ms = 10000;  // after an upgrade to it, it has to report healthy within
};

// The same contents, the same bytes. Fails when a slot is too small for it.
Result<std::string> pack_image(const ImageContents& contents);

// Creates the contents of the machine's flash, of which nothing is stored but a little: slot A
// runs, and only the image with this digest, or newer ones that it upgrades to. An existing file is
// not touched: it is what keeps the machine from older images.
Result<void> write_first_state(const std::filesystem::path& path, const Sha256& digest,
                               uint64_t policy_version);

}  // namespace bh
