// The policy that a real kernel boots with to try emitted modules: the minimal base, the modules as
// they were emitted, and a rig (rig.cil) that lets the guest load and drive it. The rig grants
// nothing among the modules' own types.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "driver/pipeline/load.h"
#include "targets/selinux/emit.h"
#include "targets/selinux/facts.h"

namespace bh::linux_test {

// A policy and what is emitted of it.
struct Emitted {
  LoadedPolicy policy;
  CilModule module;

  const CheckedModel& model() const { return *policy.model; }
  std::vector<std::string> types() const;    // all: by ComponentId, then programs
  std::vector<std::string> domains() const;  // of those that act
  std::set<std::string> classes() const;     // of the interfaces that somebody has
  TeFacts grants() const;                    // what the model grants
};

// Of the example or test that `path` names below the source folder. Throws when it cannot be
// emitted.
Emitted emitted(const std::string& path);

// The ports that the rig gives to a type: one to connect to, and the next one to bind. `index`
// counts the types of all modules.
constexpr uint16_t port_of(size_t index) { return static_cast<uint16_t>(4000 + 2 * index); }

// The type of the program that takes whoever executes it into the domain.
std::string entry_type(const std::string& domain);

// The types of the rig itself, and kernel_t.
std::vector<std::string> rig_types(const std::vector<Emitted>& all);

// The rig's CIL text for these modules.
std::string rig(const std::vector<Emitted>& all);

}  // namespace bh::linux_test
