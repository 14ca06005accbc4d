// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bh {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256(std::span<const std::byte> bytes);
Sha256 sha256(std::string_view text);

std::string print(const Sha256& hash);  // 64 lower-case hexadecimal digits

}  // namespace bh
