// A part of a policy's permission matrix as a policy of its own, small enough to ask every question
// about.
#pragma once

#include <vector>

#include "core/model/model.h"

namespace bh {

// Which cells of the matrix: by endpoint, all subjects or some.
class CellSet {
 public:
  CellSet() = default;
  CellSet(size_t endpoints, size_t components) : components_(components), rows_(endpoints) {}

  void add(EndpointId endpoint, ComponentId subject) {
    std::vector<bool>& row = rows_[endpoint.value];
    if (row.empty()) row.resize(components_, false);
    row[subject.value] = true;
  }
  void add_all(EndpointId endpoint) { rows_[endpoint.value].assign(components_, true); }
  bool touches(EndpointId endpoint) const { return !rows_[endpoint.value].empty(); }
  bool contains(EndpointId endpoint, ComponentId subject) const {
    return touches(endpoint) && rows_[endpoint.value][subject.value];
  }

 private:
  size_t components_ = 0;
  std::vector<std::vector<bool>> rows_;  // by endpoint; empty: none
};

// INVARIANT: in the cells of the set the slice decides what the whole policy does; every id but
// those of rules is the whole policy's; tests, code, audit and targets are left out.
struct Slice {
  CheckedModel model;
  std::vector<RuleId> original;  // by the slice's rule
};

Slice slice(const CheckedModel& model, const CellSet& cells);

}  // namespace bh
