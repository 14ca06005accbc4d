#include "lang/checker.h"

namespace bh {

void Checker::too_many(Span span, std::string_view owner, size_t count, std::string_view what,
                       size_t most) {
  reporter_.report(span, diag::TooManyParts, owner, count, what, most);
}

// ---- lattices -------------------------------------------------------------------------------

void Checker::lattices() {
  std::unordered_map<std::string_view, Span> names;
  for (const ast::LatticeDecl& d : ast_.lattices) {
    declare(names, d.name);
    lattice(d);
  }
}

static std::optional<LatticeKind> lattice_kind(std::string_view word) {
  if (word == "secrecy") return LatticeKind::Secrecy;
  if (word == "integrity") return LatticeKind::Integrity;
  return std::nullopt;
}

void Checker::lattice(const ast::LatticeDecl& d) {
  Lattice lattice;
  lattice.name = std::string(d.name.text);
  lattice.span = d.span;
  broken_lattice_ = broken_lattice_ || d.broken;
  if (const auto kind = lattice_kind(d.kind.missing() ? d.name.text : d.kind.text)) {
    lattice.kind = *kind;
  } else if (!d.broken) {
    reporter_
        .report(d.kind.missing() ? d.name.span : d.kind.span, diag::LatticeKindUnknown, d.name.text)
        .help(
            fmt::format("write 'lattice {}: secrecy {{ .. }}' or 'lattice {}: integrity {{ .. }}'",
                        d.name.text, d.name.text));
  }
  if (!order_levels(d, lattice)) broken_lattice_ = true;
  model_.lattices.add(std::move(lattice));
}

// Fills in levels, in order of first appearance, and their order.
bool Checker::order_levels(const ast::LatticeDecl& d, Lattice& lattice) {
  const LatticeId id(static_cast<uint32_t>(model_.lattices.size()));
  std::unordered_map<std::string_view, uint32_t> index;
  for (const auto& chain : d.chains) {
    for (const ast::Name& level : chain) {
      if (level.missing() || index.contains(level.text)) continue;
      const auto next = static_cast<uint32_t>(lattice.levels.size());
      if (next == MaxLevels) {
        too_many(level.span, d.name.text, index.size() + 1, "levels", MaxLevels);
        return false;
      }
      index.emplace(level.text, next);
      lattice.levels.push_back({std::string(level.text), level.span});
      declare_entity(level, {EntityKind::Level, next, id, level.span});
    }
  }
  const size_t n = lattice.levels.size();
  lattice.below.assign(n, std::vector<bool>(n, false));
  for (size_t i = 0; i < n; ++i) lattice.below[i][i] = true;
  for (const auto& chain : d.chains) {
    for (size_t i = 1; i < chain.size(); ++i) {
      if (chain[i].missing()) continue;
      const uint32_t low = index.at(chain[i - 1].text);
      const uint32_t high = index.at(chain[i].text);
      if (lattice.below[high][low]) {
        reporter_.report(chain[i].span, diag::CyclicOrder, chain[i].text);
        return false;
      }
      for (size_t a = 0; a < n; ++a) {
        if (!lattice.below[a][low]) continue;
        for (size_t b = 0; b < n; ++b) {
          if (lattice.below[high][b]) lattice.below[a][b] = true;
        }
      }
    }
  }
  return true;
}

// ---- interfaces -----------------------------------------------------------------------------

void Checker::interfaces() {
  for (const ast::InterfaceDecl& d : ast_.interfaces) {
    Interface interface;
    interface.name = std::string(d.name.text);
    interface.span = d.span;
    const InterfaceId id = model_.interfaces.add(std::move(interface));
    broken_interfaces_.push_back(d.broken);
    declare_entity(d.name, {EntityKind::Interface, id.value, {}, d.name.span});
    if (d.methods.size() > MaxMethods) {
      too_many(d.name.span, d.name.text, d.methods.size(), "methods", MaxMethods);
      broken_interfaces_.back() = true;
      continue;
    }
    for (const ast::MethodDecl& m : d.methods) method(id, m);
  }
}

void Checker::method(InterfaceId interface, const ast::MethodDecl& d) {
  const MethodId id(static_cast<uint32_t>(model_.methods.size()));
  const auto [at, added] = methods_.emplace(Member{interface.value, d.name.text}, id);
  if (!added) {
    duplicate(d.name, model_.methods[at->second].span);
    return;
  }
  Method method;
  method.interface = interface;
  method.name = std::string(d.name.text);
  method.kind = d.kind;
  method.span = d.span;
  std::unordered_map<std::string_view, Span> names;
  method.parameters = parameters(d.parameters, names);
  method.results = parameters(d.results, names);
  for (const auto& [list, what] :
       {std::pair(&method.parameters, "parameters"), std::pair(&method.results, "results")}) {
    if (list->size() <= MaxParameters) continue;
    reporter_
        .report(d.name.span, diag::TooManyParts, d.name.text, list->size(), what, MaxParameters)
        .note("the monitor's message has six words in each direction");
    broken_interfaces_[interface.value] = true;
  }
  if (d.kind == MethodKind::Event && !d.results.empty()) {
    reporter_.report(d.results[0].name.span, diag::EventWithResults, d.name.text)
        .help("an event is told, not asked: make it a 'call', or drop the results");
  }
  model_.methods.add(std::move(method));
  operations_of_.emplace_back();
  model_.interfaces[interface].methods.push_back(id);
}

std::vector<Parameter> Checker::parameters(const std::vector<ast::ParameterDecl>& ds,
                                           std::unordered_map<std::string_view, Span>& names) {
  std::vector<Parameter> result;
  for (const ast::ParameterDecl& d : ds) {
    if (d.name.missing()) continue;
    declare(names, d.name);
    result.push_back(
        {std::string(d.name.text), use_type(d.type), d.privacy, join(d.name.span, d.type.span)});
  }
  return result;
}

}  // namespace bh
