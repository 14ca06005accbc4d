#include "lang/reporter.h"

namespace bh {

Reporter::Reporter(DiagnosticSink& sink) : sink_(&sink), errors_(sink.count(Severity::Error)) {
  const auto& known = sink.diagnostics();
  if (!known.empty() && known.back().code == diag::TooManyErrors.number) errors_ = MaxErrors + 1;
}

bool Reporter::admit(Span span, Severity severity) {
  if (severity != Severity::Error) return !exhausted();
  ++errors_;
  if (errors_ <= MaxErrors) return true;
  if (errors_ == MaxErrors + 1) {
    sink_->report(span, diag::TooManyErrors, static_cast<uint32_t>(MaxErrors));
  }
  dropped_ = {};
  return false;
}

}  // namespace bh
