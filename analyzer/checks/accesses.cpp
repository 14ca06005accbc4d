#include "analyzer/checks/accesses.h"

#include <string_view>

namespace bh {
namespace {

void note(std::optional<Step>& first, const Step& step) {
  if (!first || step.at < first->at) first = step;
}

bool writes(UseHow how) {
  switch (how) {
    case UseHow::Write:
    case UseHow::Change:
    case UseHow::Address:
      return true;
    case UseHow::Name:
    case UseHow::Read:
      return false;
  }
  return false;
}

}  // namespace

std::map<std::string, Access> accesses(const ComponentView& view) {
  std::map<std::string, Access> found;
  for (const ReferenceFact* reference : view.reach.references) {
    const std::optional<FunctionId> owner = view.reached_owner(reference->owner);
    if (!owner || reference->target.kind != AtomKind::Slot) continue;
    Access& access = found[reference->target.text];
    const Step step{*owner, reference->at};
    note(writes(reference->how) ? access.written : access.read, step);
  }
  for (const StoreFact* store : view.reach.stores) {
    const std::optional<FunctionId> owner = view.reached_owner(store->owner);
    if (owner) note(found[store->slot].written, Step{*owner, store->at});
  }
  return found;
}

bool is_meant(const std::string& slot, const std::string& name) {
  std::string_view wanted = name;
  if (wanted.ends_with("[]")) wanted.remove_suffix(2);
  if (slot.starts_with("global:")) {
    const std::string global = slot.substr(7);
    return global == wanted || plain_name(global) == wanted;
  }
  return slot.starts_with("field:") && std::string_view(slot).substr(6) == wanted;
}

}  // namespace bh
