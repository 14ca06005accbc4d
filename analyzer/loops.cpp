#include "analyzer/loops.h"

#include <algorithm>
#include <set>
#include <vector>

namespace bh {
namespace {

using Blocks = std::set<uint32_t>;

// Tarjan's algorithm over a part of a function's blocks, with a stack of its own.
class Components {
 public:
  Components(const std::map<uint32_t, const FlowBlock*>& flow, const Blocks& within)
      : flow_(flow), within_(within) {
    for (uint32_t block : within)
      if (!index_.contains(block)) visit(block);
  }
  // Only those that are loops: several blocks, or one that leads to itself.
  std::vector<Blocks> take() { return std::move(loops_); }

 private:
  struct Frame {
    uint32_t block;
    size_t next = 0;
  };

  void open(uint32_t block) {
    index_[block] = low_[block] = count_++;
    stack_.push_back(block);
    on_stack_.insert(block);
    frames_.push_back({block});
  }

  void visit(uint32_t root) {
    open(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::vector<uint32_t>& next = flow_.at(frame.block)->next;
      if (frame.next == next.size()) {
        close();
        continue;
      }
      const uint32_t to = next[frame.next++];
      const uint32_t from = frame.block;
      if (!within_.contains(to)) continue;
      if (!index_.contains(to))
        open(to);
      else if (on_stack_.contains(to))
        low_[from] = std::min(low_[from], index_[to]);
    }
  }

  void close() {
    const uint32_t block = frames_.back().block;
    frames_.pop_back();
    if (!frames_.empty())
      low_[frames_.back().block] = std::min(low_[frames_.back().block], low_[block]);
    if (low_[block] != index_[block]) return;
    Blocks part;
    uint32_t last = 0;
    do {
      last = stack_.back();
      stack_.pop_back();
      on_stack_.erase(last);
      part.insert(last);
    } while (last != block);
    const std::vector<uint32_t>& next = flow_.at(block)->next;
    if (part.size() > 1 || std::find(next.begin(), next.end(), block) != next.end())
      loops_.push_back(std::move(part));
  }

  const std::map<uint32_t, const FlowBlock*>& flow_;
  const Blocks& within_;
  std::map<uint32_t, size_t> index_, low_;
  std::vector<uint32_t> stack_;
  Blocks on_stack_;
  std::vector<Frame> frames_;
  std::vector<Blocks> loops_;
  size_t count_ = 0;
};

// Where a loop is entered from outside, or, if nowhere, its last block (Clang counts backwards).
Blocks heads(const FlowFact& flow, const Blocks& loop) {
  Blocks found;
  if (loop.contains(flow.entry)) found.insert(flow.entry);
  for (const FlowBlock& block : flow.blocks) {
    if (loop.contains(block.id)) continue;
    for (uint32_t to : block.next)
      if (loop.contains(to)) found.insert(to);
  }
  if (found.empty()) found.insert(*loop.rbegin());
  return found;
}

}  // namespace

std::map<uint32_t, uint32_t> loop_depths(const FlowFact& flow, uint32_t most) {
  std::map<uint32_t, const FlowBlock*> blocks;
  std::map<uint32_t, uint32_t> depths;
  for (const FlowBlock& block : flow.blocks) {
    blocks[block.id] = &block;
    depths[block.id] = 0;
  }
  Blocks all;
  for (const auto& [id, block] : blocks) all.insert(id);
  std::vector<Blocks> open = {all};
  for (uint32_t depth = 1; depth <= most && !open.empty(); ++depth) {
    std::vector<Blocks> inner;
    for (const Blocks& part : open) {
      for (Blocks& loop : Components(blocks, part).take()) {
        for (uint32_t block : loop) depths[block] = depth;
        for (uint32_t head : heads(flow, loop)) loop.erase(head);
        inner.push_back(std::move(loop));
      }
    }
    open = std::move(inner);
  }
  return depths;
}

}  // namespace bh
