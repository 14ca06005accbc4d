#include "targets/table/decision_table.h"

#include <algorithm>

namespace bh {

bool always(const ConditionRows& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Clause& c) { return c.empty(); });
}

bool holds(const ConditionRows& rows, const std::vector<uint64_t>& words) {
  return std::any_of(rows.begin(), rows.end(), [&](const Clause& clause) {
    return std::all_of(clause.begin(), clause.end(), [&](const RangeTest& test) {
      return test.word < words.size() && test.low <= words[test.word] &&
             words[test.word] <= test.high;
    });
  });
}

const Grant* Channel::find(uint32_t method) const {
  for (const Grant& grant : grants) {
    if (grant.method == method) return &grant;
  }
  return nullptr;
}

}  // namespace bh
