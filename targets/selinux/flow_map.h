// In which direction each permission moves data: what a flow question about an SELinux policy
// rests on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/policy.h"

namespace bh::selinux {

// Of one class: the permissions by which data goes to the source, and those by which it leaves it.
struct Directions {
  uint32_t reads = 0;
  uint32_t writes = 0;
  uint32_t unknown = 0;  // permissions that the map does not know: they count as both
};

class FlowMap {
 public:
  // Our own: data, and what tells of it (names, sizes, attributes), but not the fact that somebody
  // acts at all. targets/selinux/flow_map.cpp lists it.
  static const FlowMap& standard();

  // The text format of setools' perm_map: `class NAME N`, then lines `PERMISSION r|w|b|n WEIGHT`.
  // What weighs less than `least` (1 to 10) moves nothing. Beyond setools, `*` is every permission
  // of the class, or every class, that has no line of its own. Fails on the first line that is
  // neither.
  static Result<FlowMap> parse(std::string_view text, const std::string& name, int least = 3);

  // By class.
  std::vector<Directions> directions(const Policy& policy) const;

 private:
  struct Entry {
    std::string object_class;  // "": every class
    std::string permission;    // "": every permission
    bool reads = false;
    bool writes = false;
  };
  std::vector<Entry> entries_;  // sorted by class, permission
  const Entry* find(std::string_view object_class, std::string_view permission) const;
};

}  // namespace bh::selinux
