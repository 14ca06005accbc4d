// Ids and the stores they index. A thing's identity is a dense 4-byte id into the one Store that owns it;
// mixing two kinds of id does not compile.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/base/check.h"

namespace bh {

template <class Tag>
struct StrongId {
  static constexpr uint32_t None = 0xffff'ffff;
  uint32_t value = None;

  constexpr StrongId() = default;
  constexpr explicit StrongId(uint32_t v) : value(v) {}
  // False for the id of something that could not be resolved; never true in a CheckedModel unless a field
  // says that it is optional.
  constexpr bool valid() const { return value != None; }
  constexpr explicit operator bool() const { return valid(); }
  constexpr auto operator<=>(const StrongId&) const = default;
};

// Values by id, in the order in which they were added (= declaration order).
template <class Id, class T>
class Store {
 public:
  Id add(T value) {
    items_.push_back(std::move(value));
    return Id(static_cast<uint32_t>(items_.size() - 1));
  }
  const T& operator[](Id id) const {
    BH_CHECK(id.value < items_.size());
    return items_[id.value];
  }
  T& operator[](Id id) {
    BH_CHECK(id.value < items_.size());
    return items_[id.value];
  }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }

  // for (ComponentId id : components.ids())
  class Ids {
   public:
    explicit Ids(uint32_t size) : size_(size) {}
    struct Iterator {
      uint32_t at;
      Id operator*() const { return Id(at); }
      Iterator& operator++() {
        ++at;
        return *this;
      }
      bool operator!=(const Iterator& other) const { return at != other.at; }
    };
    Iterator begin() const { return {0}; }
    Iterator end() const { return {size_}; }

   private:
    uint32_t size_;
  };
  Ids ids() const { return Ids(static_cast<uint32_t>(items_.size())); }

 private:
  std::vector<T> items_;
};

}  // namespace bh

template <class Tag>
struct std::hash<bh::StrongId<Tag>> {
  size_t operator()(bh::StrongId<Tag> id) const { return std::hash<uint32_t>()(id.value); }
};
