// SHA-256, and what is kept instead of a password.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace maildrop {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256& add(std::string_view text);
  Digest finish();

 private:
  void block(const std::uint8_t* data);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::size_t used_ = 0;
  std::uint64_t length_ = 0;
};

// Slow on purpose.
Digest stretch(std::string_view salt, std::string_view password);
// In time that does not depend on where they differ.
bool same(const Digest& a, const Digest& b);
std::string hex(const Digest& digest);

}  // namespace maildrop
