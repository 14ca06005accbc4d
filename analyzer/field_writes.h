// Which fields a call may change: those that some function stores into which the call leads to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/program.h"
#include "analyzer/prune.h"

namespace bh {

// A call that a walk over the whole program found.
struct FoundCall {
  FunctionId caller;
  std::string block;
  std::string callee;  // link name
};

class ProgramWrites : public FieldWrites {
 public:
  // Borrows the program.
  ProgramWrites(const Program& program, const std::vector<FoundCall>& edges);

  bool may_write(const std::string& owner, const std::string& block,
                 const std::string& field) const override;

 private:
  // Found when first asked for.
  const std::set<FunctionId>& writers_of(const std::string& field) const;

  std::map<FunctionId, std::set<FunctionId>> callers_;
  std::unordered_map<std::string, std::set<FunctionId>> callees_;  // by owner and block
  std::unordered_map<std::string, std::set<FunctionId>> stores_;   // by field
  std::set<std::string> addressed_;
  mutable std::unordered_map<std::string, std::set<FunctionId>> writers_;
};

}  // namespace bh
