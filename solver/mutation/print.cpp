#include "solver/mutation/print.h"

#include <fmt/format.h>

namespace bh {

static std::string print_outcome(Outcome outcome) {
  switch (outcome) {
    case Outcome::Granted:
      return "";
    case Outcome::Ok:
      return " ok";
    case Outcome::Error:
      return " error";
  }
  BH_CHECK(false);
}

static std::string print_mover(const Model& model, const Transition& transition) {
  if (transition.by) {
    std::string names;
    for (ComponentId who : *transition.by) {
      names += (names.empty() ? "" : ", ") + model.components[who].name;
    }
    return transition.by->size() == 1 ? " by " + names : fmt::format(" by {{ {} }}", names);
  }
  switch (transition.mover) {
    case Mover::Anyone:
      return "";
    case Mover::Same:
      return " by same";
    case Mover::Other:
      return " by other";
  }
  BH_CHECK(false);
}

std::string print(const Model& model, const Protocol& protocol, const Transition& transition) {
  const std::string limit =
      transition.at_most ? fmt::format(" at most {}", *transition.at_most) : "";
  return fmt::format("{} -{}{}{}-> {}{}", protocol.states[transition.from].name,
                     model.methods[transition.method].name, print_outcome(transition.outcome),
                     print_mover(model, transition), protocol.states[transition.to].name, limit);
}

std::string print_timeout(const Protocol& protocol, uint32_t state, const Timeout& timeout) {
  return fmt::format("{} -after {}-> {}", protocol.states[state].name,
                     print_milliseconds(timeout.milliseconds), protocol.states[timeout.to].name);
}

}  // namespace bh
