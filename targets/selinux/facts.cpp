#include "targets/selinux/facts.h"

#include <fmt/format.h>

namespace bh {
namespace {

const std::string& text_of(const std::string& statement) { return statement; }
std::string text_of(const TeFact& fact) { return print(fact); }

// One kind of facts of both sides, and what to report of a difference.
class Comparison {
 public:
  Comparison(const SelinuxSettings& settings, DiagnosticSink& sink)
      : settings_(settings), sink_(sink) {}

  template <class Facts, class Kind>
  void compare(const Facts& all, const Facts& in, const Kind& kind) {
    const SettingSet nowhere = no_setting(settings_.size());
    for (const auto& [fact, where] : all) {
      const auto at = in.find(fact);
      const SettingSet& found = at == in.end() ? nowhere : at->second;
      if (is_subset(where, found)) continue;
      DiagnosticSink::Builder report = sink_.report({}, kind, text_of(fact));
      if (settings_.size() > 1) report.note("where " + print(settings_, first(where, found)));
    }
  }

 private:
  static size_t first(const SettingSet& set, const SettingSet& without) {
    size_t i = 0;
    while (!set[i] || without[i]) ++i;
    return i;
  }

  const SelinuxSettings& settings_;
  DiagnosticSink& sink_;
};

void add_to(auto& map, auto key, const SettingSet& where) {
  if (is_empty(where)) return;
  const auto [at, added] = map.emplace(std::move(key), where);
  if (!added) add(at->second, where);
}

}  // namespace

std::string print(const TeFact& fact) {
  return fmt::format("{} -> {} : {} {}", fact.source, fact.target, fact.object_class,
                     fact.permission);
}

void SelinuxFacts::grant(TeFact fact, const SettingSet& where) {
  add_to(grants, std::move(fact), where);
}

void SelinuxFacts::say(std::string statement, const SettingSet& where) {
  add_to(statements, std::move(statement), where);
}

bool compare(const SelinuxFacts& planned, const BinaryFacts& binary,
             const SelinuxSettings& settings, DiagnosticSink& sink) {
  const size_t errors = sink.count(Severity::Error);
  for (const std::string& type : binary.missing) sink.report({}, diag::CompiledTypeMissing, type);
  for (const std::string& type : binary.permissive)
    sink.report({}, diag::CompiledTypePermissive, type);
  Comparison comparison(settings, sink);
  comparison.compare(planned.grants, binary.certain.grants, diag::CompiledGrantMissing);
  comparison.compare(binary.possible.grants, planned.grants, diag::CompiledGrantExtra);
  comparison.compare(planned.statements, binary.certain.statements, diag::CompiledStatementMissing);
  comparison.compare(binary.possible.statements, planned.statements, diag::CompiledStatementExtra);
  for (const TeFact& fact : binary.foreign)
    sink.report({}, diag::CompiledGrantForeign, print(fact));
  return sink.count(Severity::Error) == errors;
}

}  // namespace bh
