// What every part of the guest does with files and contexts. The guest is the first process of a
// Linux machine made for one test: what it cannot do ends the machine, with a word on the console.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bh::guest {

// Says why on the console and ends the machine.
[[noreturn]] void give_up(const std::string& what);
[[noreturn]] void power_off();

std::string read_whole(const std::string& path);
// In one write, as the files of selinuxfs and procfs want it.
void write_whole(const std::string& path, std::string_view text);

// What is in a folder, sorted.
std::vector<std::string> names_in(const std::string& path);

// "system_u:ROLE:TYPE"
std::string process_context(const std::string& type);
std::string object_context(const std::string& type);

// Writes a line to the host.
void tell(std::string_view line);

}  // namespace bh::guest
