// A quick hash that is the same on every machine, to tell texts apart that nobody forges. Where
// somebody might: core/base/sha256.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace bh {

constexpr uint64_t FnvStart = 0xcbf29ce484222325;
constexpr uint64_t FnvPrime = 0x100000001b3;

// FNV-1a, 64 bits. `from` is the hash of what stands before the text.
constexpr uint64_t fnv1a(std::string_view text, uint64_t from = FnvStart) {
  for (char c : text) from = (from ^ static_cast<unsigned char>(c)) * FnvPrime;
  return from;
}

}  // namespace bh
