// The policy as a CIL module (docs/selinux.md).
//
// Every component is a type, every interface an object class, every cell of the permission matrix
// that the policy always grants one permission of one allow rule. What depends on arguments or on a
// protocol's state is an error that names the rule or protocol, unless the target block
// approximates it: then the permission is granted, and the decision is left to a monitor. Each
// `deny` and each `never` request without a condition becomes a neverallow, so that the SELinux
// compiler checks it once more, in the linked policy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/selinux/cells.h"
#include "targets/selinux/names.h"

namespace bh {

struct CilModule {
  // A rule or protocol that the module grants more than: the permissions, as "A -> B.e.m".
  struct Weakened {
    std::string name;
    std::string because;
    std::vector<std::string> cells;
  };
  std::string text;
  SelinuxNames names;
  std::vector<Cell> cells;               // the granted ones, exact and approximated
  std::vector<Weakened> approximations;  // those that were needed, in the order of the policy
  size_t allow_rules = 0;
  size_t neverallow_rules = 0;
};

// Nothing when the policy has an error for this target (BH6050 to BH6060), which the sink then
// holds. Deterministic: equal models give equal bytes.
std::optional<CilModule> emit_cil(const CheckedModel& model, DiagnosticSink& sink);

}  // namespace bh
