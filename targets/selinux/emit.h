// The policy as a CIL module (docs/selinux.md).
//
// Every component is a type, every interface an object class, every cell of the permission matrix
// that the policy always grants one permission of one allow rule. What depends on arguments or on a
// protocol's state is an error that names the rule or protocol, unless the target block
// approximates it: then the permission is granted, and the decision is left to a monitor. What is
// granted in some settings of the variants stands under booleans. Each `deny` and each `never`
// request without a condition becomes a neverallow, so that the SELinux compiler checks it once
// more, in the linked policy.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/selinux/plan.h"

namespace bh {

struct CilModule {
  std::string text;
  SelinuxPlan plan;    // what the text says
  SelinuxFacts facts;  // the same, as it is to be read back
  SelinuxScope scope;
  size_t allow_rules = 0;
  size_t neverallow_rules = 0;
};

// `settings` as in plan_selinux(). Nothing when the policy has an error for this target, which the
// sink then holds. Deterministic: equal models give equal bytes.
std::optional<CilModule> emit_cil(std::span<const CheckedModel> settings, DiagnosticSink& sink);
// Of one setting.
inline std::optional<CilModule> emit_cil(const CheckedModel& model, DiagnosticSink& sink) {
  return emit_cil(std::span(&model, 1), sink);
}

}  // namespace bh
