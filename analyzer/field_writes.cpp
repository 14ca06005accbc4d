#include "analyzer/field_writes.h"

#include <algorithm>

namespace bh {

ProgramWrites::ProgramWrites(const Program& program, const std::vector<FoundCall>& edges) {
  for (const FoundCall& edge : edges) {
    if (!edge.caller.valid()) continue;
    const std::string& owner = program.functions()[edge.caller].fact->definition;
    for (FunctionId callee : program.defined(edge.callee)) {
      callers_[callee].insert(edge.caller);
      callees_[owner + " " + edge.block].insert(callee);
    }
  }
  for (FunctionId id : program.functions().ids())
    for (const StoreFact* store : program.functions()[id].owned.stores) {
      if (!store->slot.starts_with("field:")) continue;
      std::string field = store->slot.substr(6);
      if (store->how == StoreHow::Address) addressed_.insert(field);
      stores_[field].insert(id);
    }
}

bool ProgramWrites::may_write(const std::string& owner, const std::string& block,
                              const std::string& field) const {
  if (addressed_.contains(field)) return true;
  auto callees = callees_.find(owner + " " + block);
  if (callees == callees_.end()) return false;
  const std::set<FunctionId>& writers = writers_of(field);
  return std::any_of(callees->second.begin(), callees->second.end(),
                     [&](FunctionId callee) { return writers.contains(callee); });
}

const std::set<FunctionId>& ProgramWrites::writers_of(const std::string& field) const {
  auto [at, added] = writers_.try_emplace(field);
  auto direct = stores_.find(field);
  if (!added || direct == stores_.end()) return at->second;
  std::vector<FunctionId> open(direct->second.begin(), direct->second.end());
  while (!open.empty()) {
    FunctionId function = open.back();
    open.pop_back();
    if (!at->second.insert(function).second) continue;
    if (auto callers = callers_.find(function); callers != callers_.end())
      open.insert(open.end(), callers->second.begin(), callers->second.end());
  }
  return at->second;
}

}  // namespace bh
