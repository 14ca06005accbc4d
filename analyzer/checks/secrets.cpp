#include <algorithm>

#include "analyzer/checks/accesses.h"
#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// Whether the slot is the same variable in the other one's program.
bool is_common(const ComponentView& holder, const ComponentView& other, const std::string& slot) {
  if (!slot.starts_with("global:")) return true;
  const std::vector<GlobalFact>& globals = holder.program.facts().globals;
  return std::any_of(globals.begin(), globals.end(), [&](const GlobalFact& global) {
    return slot.substr(7) == global.name && holder.program.contains(global.at.file) &&
           other.program.contains(global.at.file);
  });
}

void compare(const ComponentView& holder, const CodeHold& hold, const ComponentView& other,
             const std::map<std::string, Access>& touched) {
  for (const auto& [slot, access] : touched) {
    if (!is_meant(slot, hold.variable) || !is_common(holder, other, slot)) continue;
    const Step& step = access.read ? *access.read : *access.written;
    const Lattice& lattice = other.model.lattices[hold.lattice];
    auto report = other.sink.report(hold.span, diag::SecretTouched, other.name(), hold.variable,
                                    step.at, lattice.levels[hold.level].name);
    report.label(other.code.span, "by this code");
    other.add_path(report, step, hold.variable);
  }
}

}  // namespace

// What one component holds is not touched by the code of one whose label does not cover it.
void check_secrets(const std::vector<ComponentView>& views) {
  for (const ComponentView& other : views) {
    const std::map<std::string, Access> touched = accesses(other);
    for (const ComponentView& holder : views) {
      if (holder.code.component == other.code.component) continue;
      for (const CodeHold& hold : holder.code.holds) {
        const Lattice& lattice = other.model.lattices[hold.lattice];
        const uint32_t own =
            other.model.components[other.code.component].labels[hold.lattice.value];
        if (!lattice.may_flow(hold.level, own)) compare(holder, hold, other, touched);
      }
    }
  }
}

}  // namespace bh
