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

#include "analyzer/guard.h"
#include "core/facts/facts.h"

namespace bh {

// `use_privsep`, `Record.field`, `predicate()` or `function::local`, and the value it is said to
// have; or of these bits of it, whether all are set (1) or none is (0).
struct Assumption {
  std::string subject;
  int64_t value = 0;
  std::optional<int64_t> bits = std::nullopt;
};

// "global:use_privsep@sshd.c" -> "use_privsep", "call:f" -> "f()"; "" for what cannot be assumed.
std::string assumable(std::string_view leaf);

// Answers whether a call in this block of the owner may change the field ("Record.field").
class FieldWrites {
 public:
  virtual ~FieldWrites() = default;
  virtual bool may_write(const std::string& owner, const std::string& block,
                         const std::string& field) const = 0;
};

// What is left of a function's flow.
struct LiveFlow {
  struct Block {
    std::set<uint32_t> next;
    bool is_exit = false;  // the function returns from here
  };
  uint32_t entry = 0;
  std::map<uint32_t, Block> blocks;  // those that can be reached
};

// A path remembers how it decided conditions on locals, and on fields of known variables (`p->f`),
// and what it kept in locals, until something on it may have changed them.
class Pruner {
 public:
  // All are borrowed. Without `writes` every block may write every field.
  Pruner(const std::vector<FlowFact>& flows, const std::vector<Assumption>& assumptions,
         const FieldWrites* writes);

  // Whether a record of the owner with this `block` is on a path that no assumption excludes.
  bool live(const std::string& owner, const std::string& block);
  // What is left of the flow that a record's `block` names; nothing when it names none.
  std::optional<LiveFlow> flow(const std::string& owner, const std::string& block);
  // The blocks that are reached once a call in `start` has returned, in a function whose flow this
  // is. `numbers`: slots that hold a number from then on (until something may change them), and
  // "call:NAME" for the call itself.
  std::set<uint32_t> after(const std::string& owner, const FlowFact& flow, uint32_t start,
                           const std::map<std::string, int64_t>& numbers);
  // The flow of a record's block and the block's number; null when nothing is known of it.
  const FlowFact* flow_of(const std::string& block, uint32_t& number) const;
  // How many edges of the functions asked for so far were cut, by assumption.
  const std::vector<size_t>& cuts() const { return cuts_; }

 private:
  // How much a walk remembers of its path.
  enum class Memory : uint8_t { Nothing, Branches, Values };
  struct Visit {
    uint32_t block;
    Known known;
    auto operator<=>(const Visit&) const = default;
  };

  // One function's flow, prepared.
  struct Graph {
    const std::string& owner;
    const FlowFact& flow;
    std::map<uint32_t, const FlowBlock*> blocks;
    std::map<std::string, size_t> tests;  // by slot: how many branches and kept values ask for it
  };
  static Graph graph_of(const std::string& owner, const FlowFact& flow);
  struct Walked {
    std::set<uint32_t> reached;
    std::set<std::pair<uint32_t, uint32_t>> edges;
    std::set<std::pair<uint32_t, size_t>> cut;  // a block and one of its sides
    std::vector<size_t> cuts;                   // by assumption
  };
  const Walked& reach(const std::string& owner, const FlowFact& flow);
  // With as much memory as it can have without meeting too many states.
  Walked walk(const Graph& graph, const Visit& start) const;
  // Nothing when it met too many.
  std::optional<Walked> walk(const Graph& graph, const Visit& start, Memory memory) const;
  void leave(const Graph& graph, const FlowBlock& block, const Known& known, Memory memory,
             Walked& walked, std::vector<Visit>& open) const;
  void forget(const Graph& graph, const FlowBlock& block, Known& known) const;
  // `only`: of values that ask for this leaf. Empty: of all.
  void keep(const Graph& graph, const FlowBlock& block, const std::string& only,
            Known& known) const;
  void learn(const Graph& graph, const FlowBlock& block, const Guard& condition, size_t side,
             const std::vector<Answer>& answers, Known& known) const;
  std::vector<Answer> answers_to(const Graph& graph, const Guard& condition,
                                 const Known& known) const;
  bool may_change(const Graph& graph, const FlowBlock& block, const std::string& leaf) const;
  static bool excludes(const FlowBlock& block, const Answer& answer, size_t side);

  std::unordered_map<std::string, const FlowFact*> flows_;
  Answer assumed(const std::string& owner, const std::string& leaf) const;
  // "bits #12 LEAF": decided by any bit that is assumed to be set, or by all of them.
  Answer assumed_bits(const std::string& owner, const Guard& masked) const;
  std::multimap<std::string, std::pair<size_t, Assumption>> assumed_;  // by subject, numbered
  const FieldWrites* writes_;
  std::unordered_map<std::string, Walked> reached_;
  std::vector<size_t> cuts_;
};

}  // namespace bh
