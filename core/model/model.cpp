#include "core/model/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace bh {

ComponentId Model::find_component(std::string_view component) const {
  for (ComponentId id : components.ids()) {
    if (components[id].name == component) return id;
  }
  return {};
}

OperationId Model::find_operation(std::string_view path) const {
  for (OperationId id : operations.ids()) {
    if (print(*this, id) == path) return id;
  }
  return {};
}

RuleId Model::find_rule(std::string_view rule) const {
  for (RuleId id : rules.ids()) {
    if (rules[id].name == rule) return id;
  }
  return {};
}

std::optional<CheckedModel> seal(Model model, const DiagnosticSink& sink) {
  if (sink.has_errors()) return std::nullopt;
  return CheckedModel(std::move(model));
}

std::string print(const Model& model, OperationId id) {
  const Endpoint& endpoint = model.endpoint_of(id);
  const std::string& owner = model.components[endpoint.owner].name;
  const std::string& method = model.method_of(id).name;
  if (endpoint.name.empty()) return owner + "." + method;
  return owner + "." + endpoint.name + "." + method;
}

std::string print_word(const Model& model, TypeId id, uint64_t word) {
  const Type& type = model.types[id];
  switch (type.kind) {
    case TypeKind::Bool:
      if (word < 2) return word == 1 ? "true" : "false";
      break;
    case TypeKind::Enum:
      if (word < type.enumerators.size()) return type.enumerators[word];
      break;
    case TypeKind::Bytes:
      return fmt::format("{} bytes", word);
    case TypeKind::Integer:
      break;
  }
  return fmt::format("{}", word);
}

std::string print_milliseconds(uint64_t milliseconds) {
  struct Unit {
    uint64_t size;
    const char* name;
  };
  for (const Unit unit : {Unit{3'600'000, "h"}, Unit{60'000, "min"}, Unit{1000, "s"}}) {
    if (milliseconds != 0 && milliseconds % unit.size == 0) {
      return fmt::format("{}{}", milliseconds / unit.size, unit.name);
    }
  }
  return fmt::format("{}ms", milliseconds);
}

std::string print(const Model& model, const Request& request) {
  const Method& method = model.method_of(request.operation);
  std::string arguments;
  for (size_t i = 0; i < request.words.size(); ++i) {
    if (i > 0) arguments += ", ";
    if (i < method.parameters.size()) {
      arguments += method.parameters[i].name + ": ";
      arguments += print_word(model, method.parameters[i].type, request.words[i]);
    } else {
      arguments += fmt::format("{}", request.words[i]);
    }
  }
  return fmt::format("{} -> {}({})", model.components[request.caller].name,
                     print(model, request.operation), arguments);
}

// One atom: `size(frame) <= 1200`, `slot = 1`, `port != 53`, `slot in {1, 2}`.
static std::string print_atom(const Model& model, const Parameter& parameter, const IntervalSet& set) {
  const Type& type = model.types[parameter.type];
  const std::string name =
      type.kind == TypeKind::Bytes ? "size(" + parameter.name + ")" : parameter.name;
  const auto value = [&](uint64_t word) {
    return type.kind == TypeKind::Bytes ? fmt::format("{}", word)
                                        : print_word(model, parameter.type, word);
  };
  const IntervalSet within = set & type.domain;
  const IntervalSet outside = type.domain - set;
  if (within.empty()) return "false";
  if (outside.empty()) return "true";
  const auto single = [](const IntervalSet& s) {
    return s.intervals().size() == 1 && s.intervals()[0].low == s.intervals()[0].high;
  };
  if (single(within)) return fmt::format("{} = {}", name, value(*within.least()));
  if (single(outside)) return fmt::format("{} != {}", name, value(*outside.least()));
  if (set.intervals().size() == 1 && type.kind != TypeKind::Enum) {
    const Interval only = set.intervals()[0];
    if (only.low <= *type.domain.least()) return fmt::format("{} <= {}", name, only.high);
    if (only.high >= type.domain.intervals().back().high) return fmt::format("{} >= {}", name, only.low);
  }
  std::string text;
  for (const Interval& i : within.intervals()) {
    if (!text.empty()) text += ", ";
    if (type.kind == TypeKind::Enum) {
      for (uint64_t word = i.low; word <= i.high; ++word) {
        text += (word > i.low ? ", " : "") + value(word);
      }
    } else {
      text += value(i.low);
      if (i.high > i.low) text += fmt::format("{}{}", i.high == i.low + 1 ? ", " : "..", i.high);
    }
  }
  return fmt::format("{} in {{{}}}", name, text);
}

std::string print(const Model& model, const Conditions& conditions, OperationId operation,
                  ConditionId id) {
  const Condition& condition = conditions[id];
  switch (condition.kind) {
    case ConditionKind::True:
      return "true";
    case ConditionKind::False:
      return "false";
    case ConditionKind::In:
      return print_atom(model, model.method_of(operation).parameters[condition.word], condition.set);
    case ConditionKind::And:
    case ConditionKind::Or: {
      std::string text;
      for (ConditionId operand : condition.operands) {
        if (!text.empty()) text += condition.kind == ConditionKind::And ? " and " : " or ";
        const bool nested = !conditions[operand].operands.empty();
        const std::string inner = print(model, conditions, operation, operand);
        text += nested ? "(" + inner + ")" : inner;
      }
      return text;
    }
  }
  BH_CHECK(false);
}

bool covers(const Model& model, const ConditionalOperation& target, ComponentId caller) {
  switch (target.whose) {
    case Whose::Anyones:
      return true;
    case Whose::Own:
      return model.owner_of(target.operation) == caller;
    case Whose::Others:
      return model.owner_of(target.operation) != caller;
  }
  BH_CHECK(false);
}

bool may_take(const Transition& transition, ComponentId holder, ComponentId caller) {
  const auto& by = transition.by;
  if (by && std::find(by->begin(), by->end(), caller) == by->end()) return false;
  switch (transition.mover) {
    case Mover::Anyone:
      return true;
    case Mover::Same:
      return holder == caller;
    case Mover::Other:
      return holder != caller;
  }
  BH_CHECK(false);
}

}  // namespace bh
