#include <algorithm>

#include "lang/checker.h"

namespace bh {

static std::optional<uint64_t> integer_maximum(std::string_view name) {
  if (name == "u8") return UINT8_MAX;
  if (name == "u16") return UINT16_MAX;
  if (name == "u32") return UINT32_MAX;
  if (name == "u64") return UINT64_MAX;
  return std::nullopt;
}

void Checker::types() {
  declare_types();
  for (size_t i = 0; i < ast_.types.size(); ++i) resolve_named_type(i);
}

void Checker::declare_types() {
  const auto declare_type = [&](const ast::Statement& d, const ast::TypeDecl* decl) {
    Type type;
    type.name = std::string(d.name.text);
    type.span = d.span;
    const NamedType named{model_.types.add(std::move(type)), d.name.span, decl};
    const auto [at, added] = types_.emplace(d.name.text, named);
    if (!added) duplicate(d.name, at->second.span);
    return added ? &at->second : nullptr;
  };
  for (const ast::TypeDecl& d : ast_.types) declare_type(d, &d);
  for (const ast::EnumDecl& d : ast_.enums) {
    NamedType* named = declare_type(d, nullptr);
    if (named == nullptr) continue;
    named->state = d.broken ? NamedType::State::Bad : NamedType::State::Good;
    Type& type = model_.types[named->id];
    type.kind = TypeKind::Enum;
    std::unordered_map<std::string_view, Span> names;
    for (const ast::Name& value : d.values) {
      if (declare(names, value)) type.enumerators.emplace_back(value.text);
    }
    if (!type.enumerators.empty()) type.domain = IntervalSet::range(0, type.enumerators.size() - 1);
  }
}

// Follows the chain of names that a type is defined by to its end, then computes the types on the
// way back.
void Checker::resolve_named_type(size_t first) {
  std::vector<NamedType*> chain;
  const ast::TypeDecl* next = &ast_.types[first];
  while (next != nullptr) {
    NamedType& named = types_.at(next->name.text);
    if (named.decl != next) break;  // a duplicate, or an enum
    if (named.state == NamedType::State::Started) {
      reporter_.report(named.span, diag::CyclicDefinition, next->name.text);
      named.state = NamedType::State::Bad;
    }
    if (named.state != NamedType::State::Untouched) break;
    named.state = NamedType::State::Started;
    chain.push_back(&named);
    const auto base = types_.find(next->type.name.text);
    next = base == types_.end() ? nullptr : base->second.decl;
  }
  for (auto named = chain.rbegin(); named != chain.rend(); ++named) {
    if ((*named)->state == NamedType::State::Bad) continue;
    const ast::TypeDecl& d = *(*named)->decl;
    Type computed;
    const bool good = !d.broken && compute_type(d.type, computed);
    (*named)->state = good ? NamedType::State::Good : NamedType::State::Bad;
    if (!good) continue;
    computed.name = std::string(d.name.text);
    computed.span = d.span;
    model_.types[(*named)->id] = std::move(computed);
  }
}

bool Checker::plain_number(const ast::Value& value, uint64_t& to) {
  if (value.kind != ast::ValueKind::Number) {
    reporter_.report(value.span, diag::WrongKind, value.text, "not a number", "a number");
    return false;
  }
  to = value.number;
  return true;
}

bool Checker::sizes(const ast::TypeExpr& e, Type& type) {
  type.kind = TypeKind::Bytes;
  uint64_t low = 0;
  uint64_t high = 0;
  if (!plain_number(e.sizes->low, low)) return false;
  high = low;
  if (e.sizes_from_zero) low = 0;
  if (e.sizes->high && !plain_number(*e.sizes->high, high)) return false;
  if (low > high) {
    reporter_.report(join(e.sizes->low.span, e.sizes->high->span), diag::EmptyRange, low, high);
    return false;
  }
  if (high > MaxBytes) {
    const Span span = e.sizes->high ? e.sizes->high->span : e.sizes->low.span;
    reporter_.report(span, diag::BytesTooLong, high, MaxBytes);
    return false;
  }
  type.domain = IntervalSet::range(low, high);
  type.name = low == high ? fmt::format("bytes[{}]", low)
              : low == 0  ? fmt::format("bytes[..{}]", high)
                          : fmt::format("bytes[{}..{}]", low, high);
  return true;
}

bool Checker::base_type(const ast::TypeExpr& e, Type& type) {
  const std::string_view name = e.name.text;
  type.name = std::string(name);
  if (name == "bytes" && !e.sizes) {
    reporter_.report(e.name.span, diag::TypeMismatch, name, "a byte string", "without a size")
        .help("say how long it may be: bytes[32], bytes[..1500], bytes[1..64]");
    return false;
  }
  if (name == "bytes") return sizes(e, type);
  if (const auto named = types_.find(name); named != types_.end()) {
    if (named->second.state != NamedType::State::Good) return false;
    type = model_.types[named->second.id];
  } else if (const auto maximum = integer_maximum(name)) {
    type.domain = IntervalSet::range(0, *maximum);
  } else if (name == "bool") {
    type.kind = TypeKind::Bool;
    type.domain = IntervalSet::range(0, 1);
  } else {
    std::vector<std::string_view> candidates = {"u8", "u16", "u32", "u64", "bool", "bytes"};
    for (const ast::TypeDecl& d : ast_.types) candidates.push_back(d.name.text);
    for (const ast::EnumDecl& d : ast_.enums) candidates.push_back(d.name.text);
    unknown(e.name, candidates, diag::UnknownType, name);
    return false;
  }
  if (!e.sizes) return true;
  reporter_.report(e.name.span, diag::TypeMismatch, name, describe(type), "given a size");
  return false;
}

bool Checker::restrict_domain(const ast::TypeExpr& e, Type& type) {
  if (e.domain.empty()) return true;
  if (type.kind != TypeKind::Integer) {
    reporter_.report(e.span, diag::TypeMismatch, type.name, describe(type), "restricted by 'in'");
    return false;
  }
  std::vector<Interval> intervals;
  for (const ast::ValueRange& range : e.domain) {
    Interval i;
    if (!word(range.low, type, range.high.has_value(), i.low)) return false;
    i.high = i.low;
    if (range.high && !word(*range.high, type, true, i.high)) return false;
    if (i.low > i.high) {
      reporter_.report(join(range.low.span, range.high->span), diag::EmptyRange, i.low, i.high);
      return false;
    }
    intervals.push_back(i);
  }
  const IntervalSet within = IntervalSet(std::move(intervals)) & type.domain;
  if (within.empty()) {
    reporter_.report(e.span, diag::OutsideDomain, print(within), type.name, print_domain(type));
    return false;
  }
  type.domain = within;
  const bool one_range =
      within.intervals().size() == 1 && within.intervals()[0].low != within.intervals()[0].high;
  type.name += " in " + (one_range ? fmt::format("{}..{}", within.intervals()[0].low,
                                                 within.intervals()[0].high)
                                   : print(within));
  return true;
}

bool Checker::compute_type(const ast::TypeExpr& e, Type& type) {
  return base_type(e, type) && restrict_domain(e, type);
}

// ---- variants -------------------------------------------------------------------------------

// More than MaxCombinations is as good as any number above it.
static uint64_t count_values(const IntervalSet& set) {
  uint64_t count = 0;
  for (const Interval& i : set.intervals()) {
    const uint64_t more = i.high - i.low;
    if (more >= Checker::MaxCombinations) return Checker::MaxCombinations + 1;
    count += more + 1;
  }
  return count;
}

void Checker::variants() {
  size_t combinations = 1;
  for (const ast::VariantDecl& d : ast_.variants) {
    Variant v;
    v.name = std::string(d.name.text);
    v.span = d.span;
    const VariantId id(static_cast<uint32_t>(model_.variants.size()));
    const auto [at, added] = variants_.emplace(d.name.text, id);
    if (!added) duplicate(d.name, model_.variants[at->second].span);
    const bool good = !d.broken && variant(d, v);
    if (good) {
      v.chosen = setting_.empty() ? v.standard : setting_[id.value];
      const uint64_t values = count_values(model_.types[v.type].domain);
      const bool before = combinations <= MaxCombinations;
      combinations = values > MaxCombinations ? MaxCombinations + 1 : combinations * values;
      if (before && combinations > MaxCombinations) {
        too_many(d.name.span, model_.name, combinations, "combinations of its variants' values",
                 MaxCombinations);
      }
      combinations = std::min(combinations, MaxCombinations + 1);
    }
    model_.variants.add(std::move(v));
  }
}

bool Checker::variant(const ast::VariantDecl& d, Variant& to) {
  const TypeId type = use_type(d.type);
  if (!type.valid()) return false;
  if (model_.types[type].kind == TypeKind::Bytes) {
    reporter_.report(d.type.span, diag::TypeMismatch, d.name.text, "a byte string", "a variant");
    return false;
  }
  to.type = type;
  return word(d.standard, model_.types[type], false, to.standard);
}

// The id of a named type, or of the one inline type with this meaning; invalid when it has no
// meaning.
TypeId Checker::use_type(const ast::TypeExpr& e) {
  if (e.name.missing()) return {};
  const auto named = types_.find(e.name.text);
  if (named != types_.end() && e.domain.empty() && !e.sizes) {
    return named->second.state == NamedType::State::Good ? named->second.id : TypeId{};
  }
  Type type;
  if (!compute_type(e, type)) return {};
  type.span = e.span;
  const auto known = inline_types_.find(type.name);
  if (known != inline_types_.end()) return known->second;
  const std::string name = type.name;
  const TypeId id = model_.types.add(std::move(type));
  inline_types_.emplace(name, id);
  return id;
}

}  // namespace bh
