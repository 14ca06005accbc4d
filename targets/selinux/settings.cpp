#include "targets/selinux/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace bh {
namespace {

// Combinations of the booleans as numbers, a bit each.
using Point = uint32_t;

// The points that agree with `value` in the bits of `care`.
struct Cube {
  Point care = 0;
  Point value = 0;
  bool has(Point point) const { return (point & care) == value; }
};

using Cubes = std::vector<Cube>;

class Cover {
 public:
  explicit Cover(std::vector<bool> truth)
      : truth_(std::move(truth)), all_(static_cast<Point>(truth_.size() - 1)) {
    std::vector<bool> covered(truth_.size());
    for (Point point = 0; point <= all_; ++point) {
      if (!truth_[point] || covered[point]) continue;
      cubes_.push_back(grow(point));
      for (Point other = 0; other <= all_; ++other)
        covered[other] = covered[other] || cubes_.back().has(other);
    }
    for (size_t i = cubes_.size(); i-- > 0;) {
      if (is_redundant(i)) cubes_.erase(cubes_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    std::ranges::stable_sort(cubes_, {}, [](const Cube& c) { return std::countr_zero(c.care); });
  }

  const Cubes& cubes() const { return cubes_; }
  int literals() const {
    int sum = 0;
    for (const Cube& cube : cubes_) sum += std::popcount(cube.care);
    return sum;
  }

 private:
  // A largest cube around the point: without any of its bits it would hold a point that is not
  // true.
  Cube grow(Point point) const {
    Cube cube{all_, point};
    for (Point bit = 1; bit <= all_; bit <<= 1) {
      const Cube wider{cube.care & ~bit, cube.value & ~bit};
      if (holds_within(wider)) cube = wider;
    }
    return cube;
  }

  bool holds_within(const Cube& cube) const {
    for (Point point = 0; point <= all_; ++point) {
      if (cube.has(point) && !truth_[point]) return false;
    }
    return true;
  }

  bool is_redundant(size_t i) const {
    for (Point point = 0; point <= all_; ++point) {
      if (!cubes_[i].has(point)) continue;
      const auto others = std::count_if(cubes_.begin(), cubes_.end(),
                                        [&](const Cube& cube) { return cube.has(point); });
      if (others == 1) return false;
    }
    return true;
  }

  std::vector<bool> truth_;
  Point all_;
  Cubes cubes_;
};

// "(and (and a b) c)"
std::string fold(std::string_view word, const std::vector<std::string>& parts) {
  std::string text = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) text = fmt::format("({} {} {})", word, text, parts[i]);
  return text;
}

std::string print(const std::vector<std::string>& booleans, const Cubes& cubes) {
  std::vector<std::string> alternatives;
  for (const Cube& cube : cubes) {
    std::vector<std::string> literals;
    for (size_t i = 0; i < booleans.size(); ++i) {
      if ((cube.care >> i & 1) == 0) continue;
      literals.push_back((cube.value >> i & 1) != 0 ? booleans[i]
                                                    : fmt::format("(not {})", booleans[i]));
    }
    alternatives.push_back(fold("and", literals));
  }
  return fold("or", alternatives);
}

}  // namespace

SettingSet no_setting(size_t settings) { return SettingSet(settings, false); }
SettingSet every_setting(size_t settings) { return SettingSet(settings, true); }

bool is_every(const SettingSet& set) {
  return std::find(set.begin(), set.end(), false) == set.end();
}
bool is_empty(const SettingSet& set) {
  return std::find(set.begin(), set.end(), true) == set.end();
}

bool is_subset(const SettingSet& set, const SettingSet& of) {
  for (size_t i = 0; i < set.size(); ++i) {
    if (set[i] && !of[i]) return false;
  }
  return true;
}

void add(SettingSet& to, const SettingSet& more) {
  for (size_t i = 0; i < to.size(); ++i) to[i] = to[i] || more[i];
}

std::vector<VariantId> open_variants(std::span<const CheckedModel> settings) {
  std::vector<VariantId> open;
  const Model& first = *settings.front();
  for (VariantId id : first.variants.ids()) {
    const bool differs = std::any_of(settings.begin(), settings.end(), [&](const CheckedModel& m) {
      return m->variants[id].chosen != first.variants[id].chosen;
    });
    if (differs) open.push_back(id);
  }
  return open;
}

std::string condition_of(const SelinuxSettings& settings, const SettingSet& where) {
  BH_CHECK(!is_every(where) && !is_empty(where));
  std::vector<bool> truth(settings.size());
  for (size_t s = 0; s < settings.size(); ++s) {
    Point point = 0;
    for (size_t b = 0; b < settings.booleans.size(); ++b)
      point |= Point{settings.values[s][b]} << b;
    truth[point] = where[s];
  }
  const Cover straight(truth);
  truth.flip();
  const Cover inverse(truth);
  if (inverse.literals() < straight.literals())
    return fmt::format("(not {})", print(settings.booleans, inverse.cubes()));
  return print(settings.booleans, straight.cubes());
}

std::string print(const SelinuxSettings& settings, size_t setting) {
  std::string text;
  for (size_t b = 0; b < settings.booleans.size(); ++b) {
    text += fmt::format("{}{} = {}", b == 0 ? "" : ", ", settings.booleans[b],
                        settings.values[setting][b] ? "true" : "false");
  }
  return text;
}

}  // namespace bh
