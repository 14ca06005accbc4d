// The translation units of a compilation database, and which of them a run is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/extract.h"
#include "core/base/result.h"

namespace bh {

struct Unit {
  ExtractJob job;
  std::string path;     // relative to the root
  std::string command;  // hash of what the compiler is told; names the unit in a folder of facts
};

// In the order of the database. `database`: the file, or its folder; `root` "": that folder, or
// where files of the database lie outside of it, the nearest folder above that holds them all.
// Fails when there is none, it is malformed, or it is empty: nothing to check.
Result<std::vector<Unit>> list_units(const std::string& database, const std::string& root,
                                     const std::string& resource_dir);

// A part of the units, for engines that run each part as a job of its own.
struct UnitPart {
  std::string command;  // only this unit; "": all
  size_t number = 1,
         of = 1;  // the units whose place in the list, counted from 0, is number - 1 modulo `of`
};

// "2/8". Fails unless 1 <= number <= of <= 1000000.
Result<UnitPart> read_part(std::string_view text);

// Fails when the command names no unit.
Result<std::vector<Unit>> select_units(std::vector<Unit> units, const UnitPart& part);

// From the root where the path lies in it.
std::string relative_path(const std::string& root, const std::string& path);
std::string absolute_path(const std::string& root, const std::string& path);

}  // namespace bh
