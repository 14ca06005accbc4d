// Witnesses as diagnostics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/diag/diag.h"
#include "solver/queries/engine.h"

namespace bh {

// One label a step, in order, at the rule that allows it (repeats are counted, not repeated), and
// the steps as a "path:" note. The trace must replay. Replies to `telling` are named even where no
// protocol looks at them.
void add_trace(DiagnosticSink::Builder finding, Engine& engine, const Trace& trace,
               OperationId telling = OperationId());

// A note about what passes after the last step of a trace, if anything.
void add_rest(DiagnosticSink::Builder finding, uint64_t rest_ms);

// "KeyStore.keys"; of the one endpoint of an object "Journal".
std::string print_endpoint(const Model& model, EndpointId endpoint);

// "'a'", "'a' and 'b'", "'a', 'b' and 3 more"
std::string print_names(const std::vector<std::string>& names);
std::string print_rules(const Model& model, const std::vector<RuleId>& rules);

// A fact that the solver could not establish: one BH4090.
void report_undecided(DiagnosticSink& sink, Span span, std::string_view what,
                      std::string_view reason);

}  // namespace bh
