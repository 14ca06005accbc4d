// Records that are filled as bytes (`read(fd, &header, sizeof header)`): their fields may hold what
// no store of the program puts there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/program.h"

namespace bh {

class FilledRecords {
 public:
  // Borrows the program.
  explicit FilledRecords(const Program& program);

  // The slots of the fields that are no pointers, when the callee fills what it is passed here.
  std::vector<std::string> fields(const PassFact& pass) const;

 private:
  bool fills(const std::string& callee, size_t argument) const;

  const Program& program_;
  std::set<std::pair<std::string, size_t>> forwarders_;  // link name, and which parameter
  std::map<std::string, std::vector<const RecordFact*>> records_;
};

}  // namespace bh
