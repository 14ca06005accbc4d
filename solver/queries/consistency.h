// The built-in questions about a policy: what every policy is checked for without being asked.
#pragma once

#include "core/diag/diag.h"
#include "solver/queries/engine.h"

namespace bh {

// Each allow rule gets at most one finding, the first that fits:
//   dead        its condition is false for all arguments in range, or it names nobody or nothing
//   BH3001 conflict    a deny speaks of exactly the same requests BH3004 cancelled   denies cancel
//   every request of it                                                 BH3003 never       a
//   protocol refuses its operations in every state that can be reached              BH3007 shadowed
//   other allows grant each of its requests too                                       BH3002
// A rule that is cancelled, refused or shadowed in part is fine. Of several rules that shadow each
// other, as many as can be left out together are reported, later ones first. A deny is a finding
// only when it is dead: one that cancels nothing today is a guard rail.
void check_rules(Engine& engine, DiagnosticSink& sink);

// Every allowed edge must keep to the labels: an argument moves from the caller to the owner of the
// endpoint, a result back. Secrecy may not fall without a release that covers the item (BH3005),
// integrity may not rise without an endorse (BH3006). An edge that no reachable state enables does
// not count.
void check_labels(Engine& engine, DiagnosticSink& sink);

// Whether a release lets the item pass from one component to the other.
bool covers(const Model& model, const Release& release, const DataItem& item, ComponentId from,
            ComponentId to);

// States that no caller can bring about (BH3008), at endpoints where somebody is granted something
// (one that only limits or other callers' own instances keep from being reached is not reported);
// and lock-ups (BH3009): a caller can come, by granted requests, into a state where no request is
// ever granted again. Where a protocol is shared, requests of all callers count. A caller whose
// first state is already such is not a lock-up: its rules never fire.
void check_protocols(Engine& engine, CheckResult& result, DiagnosticSink& sink);

}  // namespace bh
