#include "targets/table/box.h"

#include <algorithm>
#include <iterator>

namespace bh {

static bool inside(const Box& inner, const Box& outer) {
  for (size_t i = 0; i < inner.size(); ++i) {
    if (!inner[i].subset_of(outer[i])) return false;
  }
  return true;
}

// a united with b where that is a box again: equal but for one word.
static std::optional<Box> join(const Box& a, const Box& b) {
  std::optional<size_t> differs;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (differs) return std::nullopt;
    differs = i;
  }
  Box joined = a;
  if (differs) joined[*differs] = a[*differs] | b[*differs];
  return joined;
}

// Adds a box, keeping the union free of boxes that another one covers or can take in.
static void absorb(BoxUnion& boxes, Box next) {
  for (size_t i = 0; i < boxes.size();) {
    if (inside(next, boxes[i])) return;
    std::optional<Box> joined = inside(boxes[i], next) ? next : join(boxes[i], next);
    if (joined) {
      next = std::move(*joined);
      boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(i));
      i = 0;
    } else {
      ++i;
    }
  }
  boxes.push_back(std::move(next));
}

static std::optional<Box> meet(const Box& a, const Box& b) {
  Box result;
  for (size_t i = 0; i < a.size(); ++i) {
    result.push_back(a[i] & b[i]);
    if (result.back().empty()) return std::nullopt;
  }
  return result;
}

static std::optional<BoxUnion> intersect(const BoxUnion& a, const BoxUnion& b) {
  BoxUnion result;
  for (const Box& x : a) {
    for (const Box& y : b) {
      if (std::optional<Box> both = meet(x, y)) absorb(result, std::move(*both));
      if (result.size() > MaxClauses) return std::nullopt;
    }
  }
  return result;
}

std::optional<BoxUnion> unite(BoxUnion a, const BoxUnion& b) {
  for (const Box& box : b) {
    absorb(a, box);
    if (a.size() > MaxClauses) return std::nullopt;
  }
  return a;
}

std::optional<BoxUnion> subtract(const BoxUnion& a, const BoxUnion& b) {
  BoxUnion left = a;
  for (const Box& hole : b) {
    BoxUnion next;
    for (const Box& box : left) {
      if (!meet(box, hole)) {
        absorb(next, box);
        continue;
      }
      // What sticks out of the hole in word i, and lies within it in the words before.
      Box rest = box;
      for (size_t i = 0; i < box.size(); ++i) {
        Box piece = rest;
        piece[i] = box[i] - hole[i];
        if (!piece[i].empty()) absorb(next, std::move(piece));
        rest[i] = box[i] & hole[i];
      }
    }
    if (next.size() > MaxClauses) return std::nullopt;
    left = std::move(next);
  }
  return left;
}

std::optional<BoxUnion> boxes_of(const Conditions& conditions, ConditionId id, const Box& domain) {
  const Condition& condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return BoxUnion{domain};
    case ConditionKind::False:
      return BoxUnion{};
    case ConditionKind::In: {
      Box box = domain;
      box[condition.word] = box[condition.word] & condition.set;
      return box[condition.word].empty() ? BoxUnion{} : BoxUnion{box};
    }
    case ConditionKind::And:
    case ConditionKind::Or: {
      const bool is_and = condition.kind == ConditionKind::And;
      BoxUnion result = is_and ? BoxUnion{domain} : BoxUnion{};
      for (ConditionId operand : condition.operands) {
        const std::optional<BoxUnion> boxes = boxes_of(conditions, operand, domain);
        if (!boxes) return std::nullopt;
        std::optional<BoxUnion> both =
            is_and ? intersect(result, *boxes) : unite(std::move(result), *boxes);
        if (!both) return std::nullopt;
        result = std::move(*both);
      }
      return result;
    }
  }
  BH_CHECK(false);
}

// One clause per choice of an interval for each word, in ascending order.
static bool append_clauses(const Box& box, ConditionRows& rows) {
  std::vector<size_t> choice(box.size(), 0);
  while (true) {
    if (rows.size() == MaxClauses) return false;
    Clause clause;
    for (size_t word = 0; word < box.size(); ++word) {
      const Interval& interval = box[word].intervals()[choice[word]];
      if (box[word].is_all()) continue;
      clause.push_back({static_cast<uint32_t>(word), interval.low, interval.high});
    }
    rows.push_back(std::move(clause));
    size_t word = box.size();
    while (word > 0 && ++choice[word - 1] == box[word - 1].intervals().size()) choice[--word] = 0;
    if (word == 0) return true;
  }
}

std::optional<ConditionRows> rows_of(const BoxUnion& boxes) {
  ConditionRows rows;
  for (const Box& box : boxes) {
    if (!append_clauses(box, rows)) return std::nullopt;
  }
  return rows;
}

}  // namespace bh
