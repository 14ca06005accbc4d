// Decisions and traces as text.
#pragma once

#include <string>

#include "core/model/model.h"

namespace bh {

// "allowed by signing", "denied by no_export", "denied by default", "denied by Session",
// "denied: an argument is out of range"
std::string print(const Model& model, const Decision& decision);

// "Parser -> KeyStore.keys.unlock(pin: 8 bytes) replies ok". The reply is named only where a
// protocol on the endpoint looks at it. "after 5s: Parser -> .." if the step waits before it.
std::string print(const Model& model, const TraceStep& step);
// The same, with the reply always.
std::string print_with_reply(const Model& model, const TraceStep& step);

// The steps, joined by "; then ".
std::string print(const Model& model, const Trace& trace);

}  // namespace bh
