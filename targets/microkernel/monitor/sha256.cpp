#include "targets/microkernel/monitor/sha256.h"

namespace bh::kernel {
namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr uint32_t RoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

void expand(const uint8_t* block, uint32_t (&w)[64]) {
  for (int i = 0; i < 16; ++i, block += 4) {
    w[i] = uint32_t{block[0]} << 24 | uint32_t{block[1]} << 16 | uint32_t{block[2]} << 8 | block[3];
  }
  for (int i = 16; i < 64; ++i) {
    uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
}

void absorb(uint32_t (&sums)[8], const uint8_t* block) {
  uint32_t w[64];
  expand(block, w);
  auto [a, b, c, d, e, f, g, h] = sums;
  for (int i = 0; i < 64; ++i) {
    uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + RoundConstants[i] + w[i];
    uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const uint32_t next[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; ++i) sums[i] += next[i];
}

}  // namespace

void GrowingSha256::grow(const uint8_t* bytes, size_t count) {
  for (; count - taken_ >= 64; taken_ += 64) absorb(sums_, bytes + taken_);
}

Digest GrowingSha256::finish(const uint8_t* bytes, size_t count) const {
  GrowingSha256 all = *this;
  all.grow(bytes, count);
  uint8_t tail[128] = {};
  size_t rest = count - all.taken_;
  for (size_t i = 0; i < rest; ++i) tail[i] = bytes[all.taken_ + i];
  tail[rest] = 0x80;
  size_t tail_bytes = rest < 56 ? 64 : 128;
  uint64_t bits = uint64_t{count} * 8;
  for (size_t i = 0; i < 8; ++i) tail[tail_bytes - 1 - i] = static_cast<uint8_t>(bits >> (8 * i));
  for (size_t at = 0; at < tail_bytes; at += 64) absorb(all.sums_, tail + at);

  Digest digest{};
  for (int i = 0; i < 32; ++i) {
    digest.bytes[i] = static_cast<uint8_t>(all.sums_[i / 4] >> (24 - i % 4 * 8));
  }
  return digest;
}

Digest sha256(const uint8_t* bytes, size_t count) { return GrowingSha256().finish(bytes, count); }

}  // namespace bh::kernel
