// What a process in a domain tries: one operation of operations.def, then it ends.
#pragma once

#include <string>
#include <string_view>

namespace bh::guest {

enum class Operation {
#define OPERATION(name, object_class, on_target, on_self) name,
#include "tests/selinux/linux/operations.def"
#undef OPERATION
};

// By the name in operations.def; gives up where there is none.
Operation operation(std::string_view name);
std::string_view class_of(Operation operation);

// The descriptors that such a process has, and no others.
constexpr int GoAhead = 3;    // it waits for a byte here
constexpr int Ready = 4;      // after having written one here
constexpr int Inherited = 5;  // and from here on what some operations use, one for each object

// Tries it on what `object` names (a path, a process, a socket, a port) or, where the operation is
// on one, on the inherited descriptor. 0, or an errno. One that executes a program only comes back
// when it fails.
int perform(Operation operation, const std::string& object, int inherited);

}  // namespace bh::guest
