// Which files make up a program, where nobody says so: a compile database does not know what is
// linked. From the file that defines `main`, every file is taken that defines what the files so far
// need, as a linker takes members of an archive.
#pragma once

#include <string>
#include <vector>

#include "core/facts/facts.h"

namespace bh {

struct LinkUnit {
  std::string main;                // the file with main; "" for a library: all files, no main
  std::vector<std::string> files;  // units, sorted
  // Names with definitions in several files that could be meant; one of them was taken: from the
  // folder of `main` before others, then in the order of names.
  std::vector<std::string> ambiguous;
};

// Of the units that a glob matches, by the file with main. Without any main, all units are one
// library.
std::vector<LinkUnit> link_units(const Facts& facts, const std::vector<std::string>& sources);

}  // namespace bh
