#include "solver/reference/print.h"

namespace bh {

std::string print(const Model& model, const Decision& decision) {
  switch (decision.reason) {
    case Reason::OutOfRange:
      return "denied: an argument is out of range";
    case Reason::Denied:
      return "denied by " + model.rules[decision.rule].name;
    case Reason::NoRule:
      return "denied by default";
    case Reason::Protocol:
      return "denied by " + model.protocols[decision.protocol].name;
    case Reason::Allowed:
      return "allowed by " + model.rules[decision.rule].name;
  }
  BH_CHECK(false);
}

static bool reply_matters(const Model& model, OperationId id) {
  const Operation& operation = model.operations[id];
  for (const Protocol& protocol : model.protocols) {
    if (protocol.endpoint != operation.endpoint) continue;
    for (const Transition& transition : protocol.transitions) {
      if (transition.method == operation.method && transition.outcome != Outcome::Granted)
        return true;
    }
  }
  return false;
}

static std::string print_wait(uint64_t milliseconds) {
  if (milliseconds == 0) return "";
  return "after " + print_milliseconds(milliseconds) + ": ";
}

std::string print_with_reply(const Model& model, const TraceStep& step) {
  return print_wait(step.wait_ms) + print(model, step.request) +
         (step.reply == ReplyStatus::Ok ? " replies ok" : " replies error");
}

std::string print(const Model& model, const TraceStep& step) {
  const bool told = reply_matters(model, step.request.operation);
  return told ? print_with_reply(model, step)
              : print_wait(step.wait_ms) + print(model, step.request);
}

std::string print(const Model& model, const Trace& trace) {
  std::string text;
  for (const TraceStep& step : trace) {
    if (!text.empty()) text += "; then ";
    text += print(model, step);
  }
  return text;
}

}  // namespace bh
