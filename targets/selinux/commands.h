// Which commands of ioctl a policy grants, of those 65,536 that allowxperm tells apart.
#pragma once

#include "core/base/interval_set.h"
#include "targets/selinux/policy.h"

namespace bh::selinux {

constexpr uint64_t LastCommand = 0xffff;
constexpr const char* CommandPermission = "ioctl";

// For a source that is granted ioctl at all: all commands, unless an allowxperm speaks of the
// source, target and class, and then those that one names.
IntervalSet granted_commands(const Policy& policy, uint32_t source, uint32_t target,
                             uint32_t object_class);

// The rules that name the command: "allowxperm domain key_t : file ioctl".
std::vector<std::string> rules_for_command(const Policy& policy, uint32_t source, uint32_t target,
                                           uint32_t object_class, uint64_t command);

}  // namespace bh::selinux
