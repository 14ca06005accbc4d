// What assumptions rule out: which blocks of a function can still be reached.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/facts/facts.h"

namespace bh {

// `use_privsep`, `Record.field` or `predicate()`, and the value it is said to have.
struct Assumption {
  std::string subject;
  int64_t value = 0;
};

// "global:use_privsep@sshd.c" -> "use_privsep", "call:f" -> "f()"; "" for what cannot be assumed.
std::string assumable(std::string_view leaf);

class Pruner {
 public:
  // Both are borrowed.
  Pruner(const std::vector<FlowFact>& flows, const std::vector<Assumption>& assumptions);

  // Whether a record with this `block` is on a path that no assumption excludes.
  bool live(const std::string& block);
  // How many edges of the functions asked for so far were cut, by assumption.
  const std::vector<size_t>& cuts() const { return cuts_; }

 private:
  struct Answer {
    std::optional<int64_t> number;
    std::optional<bool> truth;
    std::set<size_t> because;  // the assumptions it rests on
  };
  using Known = std::map<std::string, bool>;  // truth of conditions decided earlier on the path
  struct Visit {
    uint32_t block;
    Known known;
    auto operator<=>(const Visit&) const = default;
  };

  std::set<uint32_t> reach(const FlowFact& flow);
  std::set<uint32_t> walk(const FlowFact& flow, size_t limit, bool& complete);
  Answer evaluate(const std::string& condition, const Known& known) const;
  Answer leaf(const std::string& token, const Known& known) const;

  std::unordered_map<std::string, const FlowFact*> flows_;
  std::map<std::string, std::pair<size_t, int64_t>> assumed_;
  std::unordered_map<std::string, std::set<uint32_t>> reached_;
  std::vector<size_t> cuts_;
};

}  // namespace bh
