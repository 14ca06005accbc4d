// The properties that a user states, one function a kind. Each reports its finding and returns its
// verdict.
#pragma once

#include "core/diag/diag.h"
#include "solver/check.h"
#include "solver/queries/engine.h"
#include "solver/queries/flow.h"

namespace bh {

// What the checks of one run share.
struct PropertyContext {
  Engine& engine;
  const FlowGraph& flows;
  CheckResult& result;  // internal_error is set when a witness does not replay
  DiagnosticSink& sink;
};

// Whatever its kind is.
PropertyVerdict check_property(PropertyContext& context, PropertyId id);

PropertyVerdict check_never(PropertyContext& context, PropertyId id, const NeverRequest& never);
PropertyVerdict check_flow(PropertyContext& context, PropertyId id, const NeverFlow& flow);
PropertyVerdict check_before(PropertyContext& context, PropertyId id, const NeverBefore& before);
PropertyVerdict check_require(PropertyContext& context, PropertyId id, const Require& require);
PropertyVerdict check_holds(PropertyContext& context, PropertyId id, const Holds& holds);
PropertyVerdict check_separate(PropertyContext& context, PropertyId id, const Separate& separate);
PropertyVerdict check_never_state(PropertyContext& context, PropertyId id, const NeverState& never);
PropertyVerdict check_trusted_base(PropertyContext& context, PropertyId id,
                                   const TrustedBase& base);

// ---- shared by them
// ------------------------------------------------------------------------------------

// Whether the reference evaluator grants each step; if not, says so (BH4099) and marks the result.
bool confirm(PropertyContext& context, const Property& property, const Trace& trace);

// The same for a witness that does not show what it should.
void does_not_replay(PropertyContext& context, const Property& property);

// Unknown, with its finding.
PropertyVerdict undecided(PropertyContext& context, PropertyId id, std::string reason);

// Proved, but empty: a warning.
PropertyVerdict vacuous(PropertyContext& context, PropertyId id, std::string_view because);

}  // namespace bh
