#include "core/diag/diag.h"

#include <algorithm>

namespace bh {

std::string print_code(uint16_t code) { return fmt::format("BH{:04}", code); }

const std::vector<CodeInfo>& all_codes() {
  static const std::vector<CodeInfo> codes = {
#define DIAG(number, name, severity, ...) {number, #name, Severity::severity},
#include "core/diag/codes.def"
  };
  return codes;
}

Diagnostic& DiagnosticSink::add(uint16_t code, Severity severity, Span span,
                                std::string message) {
  Diagnostic& d = diagnostics_.emplace_back();
  d.code = code;
  d.severity = severity;
  d.span = span;
  d.message = std::move(message);
  return d;
}

size_t DiagnosticSink::count(Severity severity) const {
  return static_cast<size_t>(std::count_if(diagnostics_.begin(), diagnostics_.end(),
                                           [&](const Diagnostic& d) { return d.severity == severity; }));
}

}  // namespace bh
