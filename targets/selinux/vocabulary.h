// An SELinux policy's names as declarations of Bulkhead's language, so that properties can be
// written about it:
//
//   type shadow_t            component shadow_t, with an endpoint for each class of objects
//   class file, its permissions   interface file, its methods, endpoint shadow_t.file
//   permission ioctl         method ioctl(command: u16)
//   attribute domain         group domain
//   `except via passwd_t`    a release of that name: data that goes through the type is let through
//
// Only what is mentioned is declared: a distribution's policy has far more names than a file of
// properties uses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/policy.h"

namespace bh::selinux {

// A word as it stands in the text of the properties.
struct Mention {
  std::string_view word;
  bool after_dot = false;   // `x.word`
  bool before_dot = false;  // `word.x`
  bool after_via = false;   // `via word`, `via x, word`
};

// Fails where a mentioned name means two things: a type or attribute, and a class.
Result<std::string> vocabulary(const Policy& policy, const std::vector<Mention>& mentions);

}  // namespace bh::selinux
