#include "targets/selinux/probe.h"

#include <fmt/format.h>

#include "targets/selinux/binary_facts.h"

namespace bh {
namespace {

constexpr std::string_view ProbeType = "bulkhead_probe_t";

// The text with the process in the probe's place.
std::string renamed(std::string text, std::string_view process) {
  for (size_t at = text.find(ProbeType); at != std::string::npos;
       at = text.find(ProbeType, at + process.size())) {
    text.replace(at, ProbeType.size(), process);
  }
  return text;
}

}  // namespace

std::string probe_module() {
  return fmt::format("(type {0})\n(optional {0}_in_domain (typeattributeset {1} ({0})))\n",
                     ProbeType, ProcessAttribute);
}

void leave_out_given(const selinux::Policy& policy, const SelinuxScope& scope, BinaryFacts& facts) {
  SelinuxScope of_probe;
  of_probe.types = {std::string(ProbeType)};
  of_probe.settings.values = {{}};  // whatever the booleans are
  const BinaryFacts probe = read_facts(policy, "", of_probe);
  for (const std::string& process : scope.processes) {
    for (const auto& [fact, where] : probe.possible.grants) {
      const TeFact same{process, process, fact.object_class, fact.permission};
      if (scope.own.count(same) > 0) continue;
      facts.certain.grants.erase(same);
      facts.given += facts.possible.grants.erase(same);
    }
    for (const TeFact& fact : probe.foreign) {
      facts.given +=
          facts.foreign.erase({renamed(fact.source, process), renamed(fact.target, process),
                               fact.object_class, fact.permission});
    }
    for (const auto& [statement, where] : probe.possible.statements) {
      facts.certain.statements.erase(renamed(statement, process));
      facts.given += facts.possible.statements.erase(renamed(statement, process));
    }
  }
}

}  // namespace bh
