// What the reports about break-ins share: counted words and aligned rows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bh {

// "1 step", "2 steps"
std::string counted(size_t count, std::string_view noun, std::string_view plural);

// Rows of cells, each column as wide as it needs, the last one as it is.
class AlignedRows {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // Indented by two; after 40 rows it says how many more there are.
  std::string print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace bh
