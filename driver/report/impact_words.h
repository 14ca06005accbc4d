// Rows that line up, in the reports about break-ins.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bh {

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
