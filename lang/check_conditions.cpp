#include <algorithm>

#include "core/base/nearest.h"
#include "lang/checker.h"

namespace bh {

std::string_view Checker::describe(const Type& type) {
  switch (type.kind) {
    case TypeKind::Bool:
      return "a bool";
    case TypeKind::Integer:
      return "a number";
    case TypeKind::Enum:
      return "an enum";
    case TypeKind::Bytes:
      return "a byte string";
  }
  BH_CHECK(false);
}

std::string Checker::print_domain(const Type& type) {
  if (type.kind == TypeKind::Bool) return "'true' or 'false'";
  if (type.kind == TypeKind::Enum)
    return fmt::format("one of {}", fmt::join(type.enumerators, ", "));
  const std::vector<Interval>& intervals = type.domain.intervals();
  const std::string unit = type.kind == TypeKind::Bytes ? " bytes" : "";
  if (intervals.size() == 1 && intervals[0].low != intervals[0].high) {
    return fmt::format("{}..{}{}", intervals[0].low, intervals[0].high, unit);
  }
  if (intervals.size() == 1) return fmt::format("{}{}", intervals[0].low, unit);
  return print(type.domain);
}

// ---- values ---------------------------------------------------------------------------------

bool Checker::word_in_domain(const ast::Value& value, const Type& type, bool as_bound,
                             uint64_t word) {
  const std::vector<Interval>& intervals = type.domain.intervals();
  if (intervals.empty()) return false;
  const bool in_hull = word >= intervals.front().low && word <= intervals.back().high;
  if (as_bound ? in_hull : type.domain.contains(word)) return true;
  const std::string shown =
      type.kind == TypeKind::Bytes ? fmt::format("{} bytes", word) : fmt::format("{}", word);
  reporter_.report(value.span, diag::OutsideDomain, shown, type.name, print_domain(type));
  return false;
}

// The word that a literal means for a type. `as_bound`: it limits a range, so it need not be a
// value itself.
bool Checker::word(const ast::Value& value, const Type& type, bool as_bound, uint64_t& to) {
  const bool named = value.kind == ast::ValueKind::Name;
  if (named && type.kind == TypeKind::Bool && (value.text == "true" || value.text == "false")) {
    to = value.text == "true" ? 1 : 0;
    return true;
  }
  if (named && type.kind == TypeKind::Enum) {
    for (size_t i = 0; i < type.enumerators.size(); ++i) {
      if (type.enumerators[i] != value.text) continue;
      to = i;
      return true;
    }
  }
  if (named) {
    const ast::Name name{value.text, value.span};
    const std::vector<std::string_view> values(type.enumerators.begin(), type.enumerators.end());
    auto report = reporter_.report(value.span, diag::UnknownValue, value.text, type.name);
    suggest(report, name, values);
    if (nearest(name.text, values).empty())
      report.help(fmt::format("it is {}", print_domain(type)));
    return false;
  }
  const bool sized = value.kind == ast::ValueKind::String || value.kind == ast::ValueKind::Bytes;
  if (type.kind == TypeKind::Bytes && sized) {
    to = value.kind == ast::ValueKind::String ? value.text.size() : value.number;
    return word_in_domain(value, type, as_bound, to);
  }
  if (type.kind == TypeKind::Integer && value.kind == ast::ValueKind::Number) {
    to = value.number;
    return word_in_domain(value, type, as_bound, to);
  }
  auto report = reporter_.report(value.span, diag::TypeMismatch, type.name, describe(type),
                                 value.kind == ast::ValueKind::String ? "a string" : "a number");
  if (type.kind == TypeKind::Bytes)
    report.help("write the bytes as a string, or how many there are: 32 bytes");
  return false;
}

// ---- conditions -----------------------------------------------------------------------------

// Whether a condition means the same for both methods.
static bool same_words(const Method& a, const Method& b) {
  return std::equal(
      a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
      [](const Parameter& x, const Parameter& y) { return x.type == y.type && x.name == y.name; });
}

// Each operation with the condition in its own words. Operations whose words are alike share
// theirs.
bool Checker::conditional(const std::optional<ast::Expr>& expr, bool negated,
                          std::vector<ConditionalOperation>& targets) {
  constexpr size_t MostShared = 32;
  if (!expr) return true;
  std::vector<std::pair<MethodId, ConditionId>> known;
  for (ConditionalOperation& target : targets) {
    ConditionId when = Conditions::True;
    const MethodId method = model_.operations[target.operation].method;
    bool have = false;
    for (const auto& [known_method, known_condition] : known) {
      if (known_method != method &&
          !same_words(model_.methods[known_method], model_.methods[method])) {
        continue;
      }
      when = known_condition;
      have = true;
      break;
    }
    if (!have) {
      if (!condition(*expr, target.operation, when)) return false;
      if (negated) when = model_.conditions.negate(when);
      if (known.size() < MostShared) known.emplace_back(method, when);
    }
    target.when = when;
  }
  return true;
}

// Recursive: the parser limits how deep conditions nest.
bool Checker::condition(const ast::Expr& e, OperationId operation, ConditionId& to) {
  if (e.kind == ast::ExprKind::Constant) {
    to = e.constant ? Conditions::True : Conditions::False;
    return true;
  }
  if (e.operands.empty()) return atom(e, operation, to);
  std::vector<ConditionId> operands;
  for (const ast::Expr& operand : e.operands) {
    operands.emplace_back();
    if (!condition(operand, operation, operands.back())) return false;
  }
  if (e.kind == ast::ExprKind::And) to = model_.conditions.all_of(operands);
  if (e.kind == ast::ExprKind::Or) to = model_.conditions.any_of(operands);
  if (e.kind == ast::ExprKind::Not) to = model_.conditions.negate(operands[0]);
  return true;
}

bool Checker::atom(const ast::Expr& e, OperationId operation, ConditionId& to) {
  const Method& method = model_.method_of(operation);
  const auto variant = variants_.find(e.parameter.text);
  for (uint32_t i = 0; i < method.parameters.size(); ++i) {
    if (method.parameters[i].name != e.parameter.text) continue;
    if (variant != variants_.end()) {
      reporter_
          .report(e.parameter.span, diag::AmbiguousName, e.parameter.text, print(model_, operation))
          .label(model_.variants[variant->second].span, "the variant")
          .label(method.parameters[i].span, "the parameter");
      return false;
    }
    if (!method.parameters[i].type.valid()) return false;
    const Type& type = model_.types[method.parameters[i].type];
    IntervalSet set;
    if (!atom_fits(e, type) || !atom_set(e, type, set)) return false;
    to = model_.conditions.in(i, set);
    return true;
  }
  if (variant != variants_.end()) return variant_atom(e, variant->second, to);
  if (broken_interfaces_[method.interface.value]) return false;
  std::vector<std::string_view> names;
  for (const Parameter& p : method.parameters) names.push_back(p.name);
  for (const Variant& v : model_.variants) names.push_back(v.name);
  unknown(e.parameter, names, diag::UnknownParameter, print(model_, operation), e.parameter.text);
  return false;
}

// What a condition says about a variant is settled as soon as its value is chosen.
bool Checker::variant_atom(const ast::Expr& e, VariantId id, ConditionId& to) {
  const Variant& variant = model_.variants[id];
  IntervalSet set;
  if (!variant.type.valid()) return false;
  const Type& type = model_.types[variant.type];
  if (!atom_fits(e, type) || !atom_set(e, type, set)) return false;
  to = set.contains(variant.chosen) ? Conditions::True : Conditions::False;
  return true;
}

static bool orders(const ast::Expr& e) {
  return e.kind == ast::ExprKind::Compare && e.comparison != ast::Comparison::Equal &&
         e.comparison != ast::Comparison::NotEqual;
}

// Whether the form of an atom suits the parameter's type.
bool Checker::atom_fits(const ast::Expr& e, const Type& type) {
  const auto refuse = [&](std::string_view cannot) {
    return reporter_.report(e.parameter.span, diag::TypeMismatch, e.parameter.text, describe(type),
                            cannot);
  };
  if (e.of_size && type.kind != TypeKind::Bytes) {
    refuse("measured with 'size'");
    return false;
  }
  if (!e.of_size && type.kind == TypeKind::Bytes) {
    refuse("compared")
        .help(fmt::format("a condition may use its size: 'size({}) <= 16'", e.parameter.text));
    return false;
  }
  if (e.kind == ast::ExprKind::Flag && type.kind != TypeKind::Bool) {
    refuse("a condition by itself")
        .help(fmt::format("compare it, as in '{} = ..'", e.parameter.text));
    return false;
  }
  if (orders(e) && (type.kind == TypeKind::Bool || type.kind == TypeKind::Enum)) {
    refuse("ordered").help("use '=', '!=' or 'in { .. }'");
    return false;
  }
  return true;
}

static IntervalSet compared(ast::Comparison comparison, uint64_t value) {
  const IntervalSet below = value == 0 ? IntervalSet() : IntervalSet::range(0, value - 1);
  switch (comparison) {
    case ast::Comparison::Equal:
      return IntervalSet::single(value);
    case ast::Comparison::NotEqual:
      return IntervalSet::single(value).complement();
    case ast::Comparison::Less:
      return below;
    case ast::Comparison::LessEqual:
      return IntervalSet::range(0, value);
    case ast::Comparison::Greater:
      return IntervalSet::range(0, value).complement();
    case ast::Comparison::GreaterEqual:
      return below.complement();
  }
  BH_CHECK(false);
}

// The values of the parameter for which an atom holds.
bool Checker::atom_set(const ast::Expr& e, const Type& type, IntervalSet& to) {
  if (e.kind == ast::ExprKind::Flag) {
    to = IntervalSet::single(1);
    return true;
  }
  const bool bytes = type.kind == TypeKind::Bytes;
  // The size of a byte string may be written as a plain number.
  const auto read = [&](ast::Value value, bool as_bound, uint64_t& word_of) {
    if (bytes && value.kind == ast::ValueKind::Number) value.kind = ast::ValueKind::Bytes;
    return word(value, type, as_bound, word_of);
  };
  if (e.kind == ast::ExprKind::Compare) {
    uint64_t value = 0;
    if (!read(e.values[0].low, orders(e), value)) return false;
    to = compared(e.comparison, value);
    return true;
  }
  std::vector<Interval> intervals;
  for (const ast::ValueRange& range : e.values) {
    Interval i;
    if (!read(range.low, range.high.has_value(), i.low)) return false;
    i.high = i.low;
    if (range.high && !read(*range.high, true, i.high)) return false;
    if (range.high && (type.kind == TypeKind::Enum || type.kind == TypeKind::Bool)) {
      reporter_
          .report(range.low.span, diag::TypeMismatch, e.parameter.text, describe(type),
                  "given a range")
          .help("list the values");
      return false;
    }
    if (i.low > i.high) {
      reporter_.report(join(range.low.span, range.high->span), diag::EmptyRange, i.low, i.high);
      return false;
    }
    intervals.push_back(i);
  }
  to = IntervalSet(std::move(intervals));
  return true;
}

}  // namespace bh
