// The checks of `bulkhead validate`, each in the file of its name, in the order in which they run.
#pragma once

#include <vector>

#include "analyzer/checks/view.h"

namespace bh {

// roots.cpp: whether the statement names code at all. Nothing when there is no place to start from.
std::optional<ReachOptions> check_roots(const ComponentView& view);
// What the statement assumes, with the bits that the code means by a flag.
Assumption assumption_of(const CodeAssume& assume, const Facts& facts);
// Whether each `after` names a call that is there.
bool check_starts(const ComponentView& view);

// ---- one component against its own statement
void check_forbidden(const ComponentView& view);      // forbidden.cpp
void check_requests(const ComponentView& view);       // requests.cpp: uses
void check_handlers(const ComponentView& view);       // handlers.cpp: serves
void check_assumptions(const ComponentView& view);    // assumptions.cpp: assume, resolve
void check_obligations(const ComponentView& view);    // obligations.cpp: must
void check_validators(const ComponentView& view);     // validators.cpp: checks
void check_state_machine(const ComponentView& view);  // state_machine.cpp: permits, once
void check_pointers(const ComponentView& view);       // pointers.cpp: what requests carry
void list_privileges(const ComponentView& view);      // privileges.cpp
void check_completeness(const ComponentView& view);   // completeness.cpp: accept
void check_grants(const ComponentView& view);         // grants.cpp: after check_completeness

// ---- components against each other
void check_sharing(const std::vector<ComponentView>& views);  // sharing.cpp: memory, shares
void check_secrets(const std::vector<ComponentView>& views);  // secrets.cpp: holds

// trusted_lines.cpp: `tcb n: { A, B } at most N lines`, each line counted once.
void check_trusted_lines(const Model& model, const ValidationResult& result, DiagnosticSink& sink);

}  // namespace bh
