// Reports to a sink until the limit of one run is reached: a hopeless file is told so once, not ten
// thousand times.
#pragma once

#include <string_view>

#include "core/diag/diag.h"

namespace bh {

class Reporter {
 public:
  static constexpr size_t MaxErrors = 100;

  explicit Reporter(DiagnosticSink& sink);

  template <class... Kind, class... Args>
  DiagnosticSink::Builder report(Span span, const DiagKind<Kind...>& kind, const Args&... args) {
    if (!admit(span, kind.severity)) return DiagnosticSink::Builder(dropped_);
    return sink_->report(span, kind, args...);
  }
  // No further error will be shown; whoever reads input may stop.
  bool exhausted() const { return errors_ > MaxErrors; }
  // Errors reported through this or before it, dropped ones included.
  size_t errors() const { return errors_; }

 private:
  bool admit(Span span, Severity severity);

  DiagnosticSink* sink_;
  size_t errors_;
  Diagnostic dropped_;  // takes the details of what is not shown
};

}  // namespace bh
