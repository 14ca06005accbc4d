// The kernel object classes that `target selinux { File = class file }` may name.
//
// Names and permissions are those of the Linux 6.1 kernel as Debian 12's reference policy declares
// them (selinux-policy-default 2:2.20221101-9, module base); a test compares the two where that
// package is installed. Classes that no policy could sensibly give to an interface (x_*, db_*,
// netlink_*) are left out.
#pragma once

#include <string_view>
#include <vector>

namespace bh {

struct KernelClass {
  std::string_view name;
  std::vector<std::string_view> permissions;  // inherited ones first, as in the kernel's numbering
  bool has(std::string_view permission) const;
};

// In a fixed order.
const std::vector<KernelClass>& kernel_classes();

// Nothing when the class is not in the table.
const KernelClass* find_kernel_class(std::string_view name);

}  // namespace bh
