// The exit codes of every command. Only Clean lets a gate open; --format never changes them.
#pragma once

#include "core/diag/diag.h"

namespace bh {

enum class Exit : int {
  Clean = 0,      // proved, nothing found
  Findings = 1,   // a property violated, a policy or program at fault
  CannotRun = 2,  // wrong usage, unreadable input, a missing tool, or nothing to check
  Undecided = 3,  // something could be neither proved nor refuted; fails closed
  Internal = 4,   // our own fault
};

// Findings when there is an error, else Undecided when something is undecided, else Clean. An error of the
// 9xxx band (the world's fault, not the policy's) is CannotRun.
inline Exit exit_code(const DiagnosticSink& sink) {
  bool findings = false;
  bool undecided = false;
  for (const Diagnostic& d : sink.diagnostics()) {
    if (d.severity == Severity::Error && d.code >= 9000) return Exit::CannotRun;
    findings |= d.severity == Severity::Error;
    undecided |= d.severity == Severity::Undecided;
  }
  if (findings) return Exit::Findings;
  return undecided ? Exit::Undecided : Exit::Clean;
}

}  // namespace bh
