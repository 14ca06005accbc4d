// Attempts: a process in the source's domain tries something on objects of the targets' types, one
// after the other.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace bh::guest {

// Where the objects are; a tmpfs, which takes labels.
constexpr const char* Room = "/room";

struct Attempts {
  std::string number;                // of the first one
  std::string operation;             // as in operations.def
  std::string source;                // a domain
  std::vector<std::string> targets;  // types; one, where a program is executed
};

// Tells "tried NUMBER PROCESS CONTEXT RESULT..": the process that tried it, the context in which it
// ran, and for each target 0, an errno, or 128 and a signal. `ports` is by type.
void try_them(const Attempts& attempts, const std::map<std::string, int>& ports);

// The rest of a process that was started to try something: `arguments` are its own, from the
// operation on.
[[noreturn]] void run_attempts(char** arguments);

// Gives the file the type.
void label(const std::string& path, const std::string& type);

}  // namespace bh::guest
