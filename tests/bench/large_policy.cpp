#include "tests/bench/large_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace bh {

namespace {

constexpr uint32_t Levels = 8;
constexpr uint32_t Interfaces = 16;
constexpr uint32_t MostProperties = 200;

class Writer {
 public:
  explicit Writer(const LargePolicy& size) : size_(size), per_level_(size.components / Levels) {}

  std::string write() {
    vocabulary();
    for (uint32_t c = 0; c < per_level_ * Levels; ++c) component(c);
    for (uint32_t r = 0; r < size_.rules; ++r) rule(r);
    for (uint32_t c = 0; c < per_level_ * Levels; c += 5) protocol(c);
    for (uint32_t p = 0; p < std::min(size_.rules / 500, MostProperties); ++p) property(p);
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  void vocabulary() {
    line("policy large 1.0");
    line("lattice secrecy {{ s0 < s1 < s2 < s3 < s4 < s5 < s6 < s7 }}");
    line("enum Mode {{ off, slow, fast, test }}");
    for (uint32_t i = 0; i < Interfaces; ++i) {
      line("interface I{} {{", i);
      for (uint32_t m = 0; m < 5; ++m) {
        line(
            "    call m{}(slot: u16 in 0..{}, mode: Mode, data: bytes[..{}]) -> answer: "
            "bytes[..64]",
            m, 100 + i, 1024 + 16 * i);
      }
      line("}}");
    }
  }

  static uint32_t level(uint32_t component) { return component % Levels; }
  static uint32_t interface(uint32_t component) { return component / Levels % Interfaces; }

  void component(uint32_t c) {
    line("component C{} {{ label s{}  provides e: I{} }}", c, level(c), interface(c));
  }

  // Rule r joins the pair number r of its level, so that no two rules meet but where one is meant
  // to.
  struct Pair {
    uint32_t from;
    uint32_t to;
  };
  Pair pair(uint32_t r) const {
    const uint32_t within = r / Levels;
    const uint32_t from = within % per_level_;
    const uint32_t to = (from + 1 + within / per_level_) % per_level_;
    return {from * Levels + r % Levels, to * Levels + r % Levels};
  }
  bool conditional(uint32_t r) const { return r % 100 < size_.conditional_percent; }

  void rule(uint32_t r) {
    const Pair p = pair(r);
    const uint32_t other = 1 + r % 4;
    if (!conditional(r)) {
      line("allow r{}: C{} -> C{}.e.{{m0, m{}}}", r, p.from, p.to, other);
      return;
    }
    const uint32_t low = r / 100 * 7 % 48;  // conditions seldom come twice
    const uint32_t bytes = 1 + r * 13 % 1000;
    switch (r % 5) {
      case 0:
        line("allow r{}: C{} -> C{}.e.{{m0, m{}}} when slot in {}..{} and mode != test", r, p.from,
             p.to, other, low, low + 20);
        return;
      case 1:
        line(
            "allow r{}: C{} -> C{}.e.{{m0, m{}}} when (slot <= {} or mode = slow) and (size(data) "
            "<= {} or mode = fast)",
            r, p.from, p.to, other, low, bytes);
        return;
      case 2:
        line("allow r{}: C{} -> C{}.e.{{m0, m{}}} when slot in {{{}, {}, {}}} or size(data) <= {}",
             r, p.from, p.to, other, low, low + 2, low + 4, bytes);
        return;
      case 3:  // meets the rule before it in part
        line(
            "allow r{}: C{} -> C{}.e.{{m0, m{}}} when slot >= {} and (mode = off or size(data) >= "
            "{})",
            r, pair(r - 1).from, pair(r - 1).to, 1 + (r - 1) % 4, low + 1, bytes);
        return;
      default:  // takes part of the two rules before it
        line("deny r{}: C{} -> C{}.e.m0 when slot = {} and mode = off", r, pair(r - 2).from,
             pair(r - 2).to, low + 50);
    }
  }

  void protocol(uint32_t c) {
    line("protocol P{} on C{}.e per caller {{", c, c);
    line("    Shut* -m0 ok-> Open");
    for (uint32_t m = 1; m < 5; ++m) line("    Open -m{}-> Open at most {}", m, 10 + m);
    line("    Open -m0-> Shut");
    line("}}");
  }

  void property(uint32_t p) {
    const uint32_t r = p * 500;
    const Pair rule = pair(r);
    const uint32_t components = per_level_ * Levels;
    const uint32_t guarded = p % ((components + 4) / 5) * 5;
    switch (p % 5) {
      case 0:
        line("never p{}: flow s{} ~> C{}", p, 1 + p / 5 % 7, p / 5 * Levels % components);
        return;
      case 1:
        line("never p{}: C{} -> C{}.e", p, rule.from, (rule.from + 1) % components);
        return;
      case 2:
        line("never p{}: C{}.e.{{m1, m2, m3, m4}} without C{}.e.m0 ok before", p, guarded, guarded);
        return;
      case 3:
        line("require p{}: C{} can C{}.e.m0 then C{}.e.m{}", p, rule.from, rule.to, rule.to,
             1 + r % 4);
        return;
      default:
        line("separate p{}: {{ C{}.e, C{}.e }}", p, 2 * p % components, (2 * p + 1) % components);
    }
  }

  LargePolicy size_;
  uint32_t per_level_;
  std::string text_;
};

}  // namespace

std::string print_large_policy(const LargePolicy& size) { return Writer(size).write(); }

}  // namespace bh
