// What a function of the system is able to do, by its name: the table behind "who uses privileged
// calls" and behind the advice where to cut a program. A function that is not in it is no promise
// of harmlessness: libraries without source are listed apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bh {

enum class Privilege : uint8_t {
  Process,   // starts a process or runs a program, loads code, sends signals
  Debug,     // looks into another process
  Identity,  // changes who the process is: users, groups, capabilities
  Accounts,  // reads the users' database or checks a password
  Files,     // opens, makes or removes files by name
  Owners,    // changes who may do what with a file
  Mounts,    // changes what the names of files mean: mount, chroot, namespaces
  Network,   // opens sockets and names other machines
  Clock,     // sets or steers the time
  Terminal,  // makes terminals, logs users in and out
  Memory,    // pins memory, makes it executable, shares it by name
  Machine,   // the kernel and its modules, devices, the machine as a whole
};

std::string_view print(Privilege privilege);  // "process", one word

// In the order of the enumeration.
const std::vector<Privilege>& all_privileges();

// Of a C function by its plain name ("setuid"); nothing when it is in no table.
std::optional<Privilege> privilege_of(std::string_view function);

// All functions with this privilege, sorted.
std::vector<std::string_view> functions_with(Privilege privilege);

// How a program receives bytes that someone else has written.
enum class Input : uint8_t {
  Socket,      // only from sockets and encrypted streams: recv, SSL_read
  Descriptor,  // from whatever the descriptor is: read
  Stream,      // from a FILE: mostly files of the machine's own
};

std::optional<Input> input_of(std::string_view function);

}  // namespace bh
