// Lines of an SELinux log: what the kernel's access vector cache, or a server that asks it, wrote
// of a decision. Also read in the forms
//
//   audit.log    type=AVC msg=audit(1364481363.243:24287): avc:  denied  { read } for  pid=.. ..
//   dmesg        [   12.345678] audit: type=1400 audit(1364481363.243:24287): avc:  denied  ..
//   a server     type=USER_AVC msg=audit(..): pid=.. msg='avc:  denied  { send } for .. exe=..'
//   a part       avc:  denied  { read } for .. scontext=.. tcontext=.. tclass=file
//
// (linux/security/selinux/avc.c and libselinux's avc_internal.c write them.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace bh::selinux {

struct Avc {
  bool granted = false;  // written because of an auditallow rule; else denied
  // Denied, but let pass all the same. Nothing: the line does not say, as those of kernels before
  // 3.17 and lines that were cut off do not.
  std::optional<bool> permissive;
  std::vector<std::string> permissions;
  std::string source;  // contexts
  std::string target;
  std::string object_class;
  std::optional<uint64_t> milliseconds;  // since 1970
  std::optional<uint64_t> process;
};

// Nothing when the line is of another kind. Fails when it begins as a decision and does not go on
// as one. What a process can choose (its name, a path) stands in quotation marks and is passed
// over; contexts, classes and permissions come back only when they look like such.
Result<std::optional<Avc>> read_avc(std::string_view line);

// How many records the kernel says in this line that it could not write since the last such line.
uint64_t records_suppressed(std::string_view line);

// The type in a context ("user:role:TYPE", and a range if there are levels), or all of the text.
std::string_view type_of(std::string_view context);

}  // namespace bh::selinux
