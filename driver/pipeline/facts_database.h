// Facts as an SQLite database, for questions that no command answers (docs/validate.md).
#pragma once

#include <filesystem>

#include "core/base/result.h"
#include "core/facts/facts.h"

namespace bh {

// One table a kind of record, named as the members of Facts (`uses` for references), and `meta`
// with the version and the number of rows of each. Replaces the file, all at once or not at all.
Result<void> export_facts(const Facts& facts, const std::filesystem::path& file);

}  // namespace bh
