// Execution that starts where a call returns: `entry serve after fork() = 0`.
#include "analyzer/walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

bool Walk::counts(const Region* region, const std::string& owner, const std::string& block,
                  std::optional<uint32_t> order) {
  if (!region) return pruner_.live(owner, block);
  if (order && block == region->start && *order <= region->order) return false;
  uint32_t number = 0;
  if (!pruner_.flow_of(block, number)) return true;
  return region->blocks.contains(number);
}

void Walk::start_after(const ReturnOfCall& start) {
  const std::string name = start.callee;
  const size_t first = result_.regions.size();
  for (const CallFact* call : program_.functions()[start.function].owned.calls)
    if (plain_name(call->callee) == name && pruner_.live(call->owner, call->block))
      add_region(start.function, call->callee, call->block, call->order, start.value, {});
  result_.return_starts.push_back(result_.regions.size() - first);
  for (size_t i = first; i < result_.regions.size(); ++i) {
    enter_region(i);
    if (result_.regions[i].returns) go_on_in_callers(i);
  }
}

void Walk::add_region(FunctionId function, const std::string& callee, const std::string& block,
                      uint32_t order, std::optional<int64_t> value, std::optional<size_t> after) {
  Region region{function, block, order, {}, true, after};
  for (const Region& known : result_.regions)
    if (known.function == function && known.start == block && known.order == order) return;
  const ProgramFunction& body = program_.functions()[function];
  std::map<std::string, int64_t> numbers;
  if (value) numbers["call:" + without_spaces(plain_name(callee))] = *value;
  for (const StoreFact* store : body.owned.stores)
    for (const Atom& atom : store->value.alternatives)
      if (value && store->block == block && atom.kind == AtomKind::Result && atom.text == callee &&
          store->value.alternatives.size() == 1)
        numbers[without_spaces(store->slot)] = *value;
  uint32_t number = 0;
  if (const FlowFact* flow = pruner_.flow_of(block, number)) {
    region.blocks = pruner_.after(body.fact->definition, *flow, number, numbers);
    region.returns = std::any_of(flow->blocks.begin(), flow->blocks.end(), [&](const auto& b) {
      return b.next.empty() && region.blocks.contains(b.id);
    });
  }
  result_.regions.push_back(std::move(region));
}

std::string Walk::without_spaces(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

void Walk::enter_region(size_t at) {
  const Region region = result_.regions[at];
  if (!result_.index.contains(region.function)) {
    result_.index[region.function] = result_.functions.size();
    result_.functions.push_back({region.function, std::nullopt});
    partial_.insert(region.function);
    called_from_elsewhere(region.function);
  }
  owner(program_.functions()[region.function].owned, region.function, &region);
}

std::optional<int64_t> Walk::returned_by(const Region& region) {
  std::optional<int64_t> number;
  for (const StoreFact* store : program_.functions()[region.function].owned.stores) {
    if (store->slot != "return" || !counts(&region, store->owner, store->block)) continue;
    const std::vector<Atom>& atoms = store->value.alternatives;
    bool constant = atoms.size() == 1 && atoms.front().kind == AtomKind::Constant;
    if (!constant || (number && *number != atoms.front().number)) return std::nullopt;
    number = atoms.front().number;
  }
  return number;
}

void Walk::go_on_in_callers(size_t at) {
  const Region region = result_.regions[at];
  const std::string name = program_.functions()[region.function].fact->name;
  const std::optional<int64_t> value = returned_by(region);
  for (FunctionId caller : program_.functions().ids())
    for (const CallFact* call : program_.functions()[caller].owned.calls)
      if (call->callee == name && pruner_.live(call->owner, call->block))
        add_region(caller, name, call->block, call->order, value, at);
  if (!before_) return;
  for (const IndirectSite& site : before_->result_.indirect)
    if (site.caller.valid() && site.targets.contains(name) &&
        pruner_.live(site.site->owner, site.site->block))
      add_region(site.caller, "", site.site->block, site.site->order, std::nullopt, at);
}

}  // namespace bh
