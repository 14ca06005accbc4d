#include "lang/reporter.h"

namespace bh {

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
