#include "targets/selinux/wire.h"

#include <cstring>
#include <type_traits>

namespace bh::selinux {
namespace {

// ---- what there is, once for both directions ----------------------------------------------------

// Calls `visit` with each field in turn, to be written or to be filled.
void each_field(auto& visit, auto& v) {
  using V = std::remove_const_t<std::remove_reference_t<decltype(v)>>;
  if constexpr (std::is_same_v<V, Type>) {
    visit(v.name), visit(v.aliases), visit(v.permissive), visit(v.bounds);
  } else if constexpr (std::is_same_v<V, Attribute>) {
    visit(v.name), visit(v.types);
  } else if constexpr (std::is_same_v<V, ConstraintTerm>) {
    visit(v.kind, TermKind::Names), visit(v.part, Part::Type), visit(v.party, Party::Third);
    visit(v.levels, LevelPair::Target), visit(v.comparator, Comparator::Incomparable);
    visit(v.names);
  } else if constexpr (std::is_same_v<V, Constraint>) {
    visit(v.permissions), visit(v.expr);
  } else if constexpr (std::is_same_v<V, Class>) {
    visit(v.name), visit(v.permissions), visit(v.constraints), visit(v.transitions);
    visit(v.defaults);
  } else if constexpr (std::is_same_v<V, Bool>) {
    visit(v.name), visit(v.standard);
  } else if constexpr (std::is_same_v<V, BoolTerm>) {
    visit(v.op, BoolOp::NotEqual), visit(v.value);
  } else if constexpr (std::is_same_v<V, Branch>) {
    visit(v.expr), visit(v.holds);
  } else if constexpr (std::is_same_v<V, AccessRule>) {
    visit(v.kind, AccessKind::DontAudit), visit(v.source), visit(v.target);
    visit(v.object_class), visit(v.permissions), visit(v.branch);
  } else if constexpr (std::is_same_v<V, ExtendedRule>) {
    visit(v.kind, AccessKind::DontAudit), visit(v.source), visit(v.target);
    visit(v.object_class), visit(v.whole_drivers), visit(v.driver), visit(v.bits);
    visit(v.branch);
  } else if constexpr (std::is_same_v<V, TypeRule>) {
    visit(v.kind, TypeRuleKind::Member), visit(v.source), visit(v.target), visit(v.object_class);
    visit(v.result), visit(v.branch);
  } else if constexpr (std::is_same_v<V, NamedTransition>) {
    visit(v.sources), visit(v.target), visit(v.object_class), visit(v.name), visit(v.result);
  } else if constexpr (std::is_same_v<V, Level>) {
    visit(v.sensitivity), visit(v.categories);
  } else if constexpr (std::is_same_v<V, Range>) {
    visit(v.low), visit(v.high);
  } else if constexpr (std::is_same_v<V, RangeTransition>) {
    visit(v.source), visit(v.target), visit(v.object_class), visit(v.range);
  } else if constexpr (std::is_same_v<V, Role>) {
    visit(v.name), visit(v.types);
  } else if constexpr (std::is_same_v<V, RoleAllow>) {
    visit(v.from), visit(v.to);
  } else if constexpr (std::is_same_v<V, RoleTransition>) {
    visit(v.role), visit(v.target), visit(v.object_class), visit(v.result);
  } else if constexpr (std::is_same_v<V, User>) {
    visit(v.name), visit(v.roles), visit(v.range), visit(v.standard);
  } else if constexpr (std::is_same_v<V, Sensitivity>) {
    visit(v.name), visit(v.aliases), visit(v.categories);
  } else if constexpr (std::is_same_v<V, Category>) {
    visit(v.name), visit(v.aliases);
  } else {
    static_assert(std::is_same_v<V, Policy>);
    visit(v.version), visit(v.mls), visit(v.handle_unknown, HandleUnknown::Allow);
    visit(v.capabilities), visit(v.types), visit(v.attributes), visit(v.classes), visit(v.bools);
    visit(v.conditions), visit(v.access), visit(v.extended), visit(v.type_rules);
    visit(v.named_transitions), visit(v.range_transitions), visit(v.sensitivities);
    visit(v.categories), visit(v.roles), visit(v.role_allows), visit(v.role_transitions);
    visit(v.users);
  }
}

// ---- out ----------------------------------------------------------------------------------------

class Writer {
 public:
  std::string bytes;

  template <class T>
  void operator()(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      each_field(*this, value);
    }
  }
  template <class Enum>
  void operator()(const Enum& value, Enum) {
    (*this)(static_cast<uint8_t>(value));
  }
  template <class T>
  void operator()(const std::vector<T>& values) {
    (*this)(static_cast<uint32_t>(values.size()));
    for (const T& value : values) (*this)(value);
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<uint32_t>(text.size()));
    bytes += text;
  }
  template <class T, size_t N>
  void operator()(const std::array<T, N>& values) {
    for (const T& value : values) (*this)(value);
  }
};

// ---- in -----------------------------------------------------------------------------------------

// After the first thing that cannot be, `failed` is set and whatever follows reads as nothing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool complete() const { return !failed_ && bytes_.empty(); }

  template <class T>
  void operator()(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      uint8_t byte = 0;
      (*this)(byte);
      if (byte > 1) failed_ = true;
      value = byte == 1;
    } else if constexpr (std::is_arithmetic_v<T>) {
      if (!has(sizeof value)) return;
      std::memcpy(&value, bytes_.data(), sizeof value);
      bytes_.remove_prefix(sizeof value);
    } else {
      each_field(*this, value);
    }
  }
  template <class Enum>
  void operator()(Enum& value, Enum last) {
    uint8_t byte = 0;
    (*this)(byte);
    if (byte > static_cast<uint8_t>(last)) failed_ = true;
    if (!failed_) value = static_cast<Enum>(byte);
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    uint32_t size = 0;
    (*this)(size);
    if (!has(size)) return;  // each takes a byte at least
    if (sizeof(T) == sizeof(uint32_t) && !has(size * sizeof(T))) return;
    if (sizeof(T) == sizeof(uint32_t)) values.reserve(size);
    for (uint32_t i = 0; i < size && !failed_; ++i) (*this)(values.emplace_back());
  }
  void operator()(std::string& text) {
    uint32_t size = 0;
    (*this)(size);
    if (!has(size)) return;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  template <class T, size_t N>
  void operator()(std::array<T, N>& values) {
    for (T& value : values) (*this)(value);
  }

 private:
  bool has(size_t size) {
    if (bytes_.size() < size) failed_ = true;
    return !failed_;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace

std::string encode(const Policy& policy) {
  Writer writer;
  writer(policy);
  return std::move(writer.bytes);
}

std::optional<Policy> decode(std::string_view bytes) {
  Reader reader(bytes);
  Policy policy;
  reader(policy);
  if (!reader.complete() || !well_formed(policy)) return std::nullopt;
  return policy;
}

}  // namespace bh::selinux
