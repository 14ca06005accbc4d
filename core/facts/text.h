// Facts as text, described in docs/facts.md: a version line, then one record a line, sorted by
// bytes, fields separated by tabs. Equal facts have equal bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/facts/facts.h"

namespace bh {

inline constexpr std::string_view FactsVersion = "bulkhead-facts 4";

std::string write_facts(const Facts& facts);

// Reads hostile input: linear time and memory, any deviation from the format is a failure that
// names the line. Lines may come in any order (a concatenation of shards without their version
// lines is a valid merge).
Result<Facts> read_facts(std::string_view text);

// The inverse of print(Value); nothing when the text is not one.
std::optional<Value> read_value(std::string_view text);

}  // namespace bh
