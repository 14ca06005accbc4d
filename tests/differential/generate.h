// Random policies and traces, the same for the same seed everywhere.
#pragma once

#include <cstdint>

#include "core/model/model.h"

namespace bh {

// SplitMix64: small, and unlike the standard library's distributions the same on every platform.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t bound) { return next() % bound; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  uint64_t state_;
};

// What a policy may have besides the rest. Without any of them a seed makes the same policy as
// ever.
struct GenerateOptions {
  bool movers = false;    // `by Alice`, `by same`, `by other`
  bool timeouts = false;  // `-after 5s->`
  bool whose = false;     // `self` and `other` as targets
  bool tiny = false;      // so small that each request can be tried in each state
};
constexpr GenerateOptions GenerateAll{true, true, true};

// A small faultless policy: several of everything, conditions nested a few levels deep, protocols
// with limits and outcomes, objects, events, endpoints that nobody may use.
Model random_model(uint64_t seed, const GenerateOptions& options = {});

// Requests that are close to what the policy grants: words at and beside the edges of its sets. In
// a policy with timeouts, waits that end at, beside and far beyond them.
Trace random_trace(const Model& model, uint64_t seed, size_t length);

}  // namespace bh
