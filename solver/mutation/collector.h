// How the mutations of a model are gathered: each kind of statement in a file of its own.
#pragma once

#include <cstddef>
#include <utility>

#include "solver/mutation/mutation.h"

namespace bh {

// Goes over all mutations twice: the first time they are only counted, so that of very many an even
// spread is taken and the others are never built.
class MutationCollector {
 public:
  explicit MutationCollector(size_t most) : most_(most) {}

  // Whether the next mutation is wanted; to be asked before it is built.
  bool wants_next() {
    const size_t index = seen_++;
    if (counting_) return false;
    return seen_ * taken() / possible_ != index * taken() / possible_;
  }
  void add(Mutation mutation) { list_.push_back(std::move(mutation)); }

  // Ends the counting.
  void start() {
    possible_ = seen_;
    seen_ = 0;
    counting_ = false;
  }
  MutationList finish() { return {std::move(list_), possible_}; }

 private:
  size_t taken() const { return most_ < possible_ ? most_ : possible_; }

  size_t most_;
  size_t seen_ = 0;
  size_t possible_ = 0;
  bool counting_ = true;
  std::vector<Mutation> list_;
};

void collect_rules(const Model& model, MutationCollector& to);
void collect_protocols(const Model& model, MutationCollector& to);

}  // namespace bh
