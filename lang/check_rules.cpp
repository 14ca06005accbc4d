#include <algorithm>

#include "lang/checker.h"

namespace bh {

// Ids of these statements are their places in the Ast, so that they can be cited before they are
// checked.
void Checker::declare_cited_statements() {
  const auto declare_all = [&](const auto& list, CitedKind kind) {
    for (uint32_t i = 0; i < list.size(); ++i) declare_cited(list[i].name, kind, i);
  };
  declare_all(ast_.releases, CitedKind::Release);
  declare_all(ast_.rules, CitedKind::Rule);
  declare_all(ast_.protocols, CitedKind::Protocol);
  for (uint32_t i = 0; i < ast_.properties.size(); ++i) {
    const auto& base =
        std::visit([](const auto& p) -> const ast::Statement& { return p; }, ast_.properties[i]);
    declare_cited(base.name, CitedKind::Property, i);
  }
}

// ---- releases -------------------------------------------------------------------------------

void Checker::releases() {
  for (const ast::ReleaseDecl& d : ast_.releases) {
    Release r;
    r.kind = d.kind;
    r.name = std::string(d.name.text);
    r.because = d.because.value;
    r.span = d.span;
    if (!d.broken) release(d, r);
    model_.releases.add(std::move(r));
  }
}

void Checker::release(const ast::ReleaseDecl& d, Release& to) {
  for (const ast::Path& path : d.items.paths) items(path, to.items);
  std::sort(to.items.begin(), to.items.end());
  to.items.erase(std::unique(to.items.begin(), to.items.end()), to.items.end());
  if (!d.because.given() || d.because.value.empty()) {
    reporter_.report(d.name.span, diag::UnreasonedRelease, d.name.text)
        .help("say why with: because \"..\"");
  }
  const Entity* ends[2] = {};
  for (const bool second : {false, true}) {
    const ast::Name& name = second ? d.to : d.from;
    const auto at = entities_.find(name.text);
    if (at != entities_.end() && at->second.kind == EntityKind::Level) {
      ends[second] = &at->second;
    } else if (!broken_lattice_) {
      unknown(name, entity_names({EntityKind::Level}), diag::UnknownLevel, name.text);
    }
  }
  if (ends[0] == nullptr || ends[1] == nullptr) return;
  if (ends[0]->lattice != ends[1]->lattice) {
    reporter_.report(join(d.from.span, d.to.span), diag::DifferentLattices, d.from.text, d.to.text);
    return;
  }
  to.lattice = ends[0]->lattice;
  to.from = ends[0]->index;
  to.to = ends[1]->index;
  const Lattice& lattice = model_.lattices[to.lattice];
  const bool secrecy = lattice.kind == LatticeKind::Secrecy;
  if (secrecy != (d.kind == ReleaseKind::Release)) {
    reporter_
        .report(join(d.from.span, d.to.span), diag::WrongLattice, lattice.name,
                secrecy ? "secrecy" : "integrity", secrecy ? "released" : "endorsed")
        .help(secrecy ? "write 'release'" : "write 'endorse'");
  } else if (lattice.may_flow(to.from, to.to)) {
    reporter_.report(join(d.from.span, d.to.span), diag::NotARelease, d.from.text, d.to.text)
        .help(secrecy ? "a release goes down: secret => public"
                      : "an endorsement goes up: tainted => trusted");
  }
}

// ---- rules ----------------------------------------------------------------------------------

void Checker::rules() {
  for (const ast::RuleDecl& d : ast_.rules) {
    Rule r;
    r.kind = d.kind;
    r.name = std::string(d.name.text);
    r.because = d.because.value;
    r.span = d.span;
    if (d.condition) r.condition_span = d.condition->span;
    if (!d.broken) {
      requests(d.subjects, d.targets, d.condition, d.negated, d.kind == RuleKind::Allow, r.subjects,
               r.targets);
    }
    model_.rules.add(std::move(r));
  }
}

// SUBJECTS -> TARGETS [when ..]. `grants`: every one of these requests must be possible at all.
bool Checker::requests(const ast::PathSet& subject_set, const ast::PathSet& target_set,
                       const std::optional<ast::Expr>& condition, bool negated, bool grants,
                       std::vector<ComponentId>& subject_ids,
                       std::vector<ConditionalOperation>& targets) {
  bool any = false;
  const bool good_subjects = subjects(subject_set, subject_ids, any);
  const bool good_targets = this->targets(target_set, &subject_ids, targets);
  if (!good_targets || !conditional(condition, negated, targets)) return false;
  if (!good_subjects) return false;
  if (any) only_callers(subject_ids, targets);
  return !grants || check_senders(subject_ids, targets, subject_set.span);
}

}  // namespace bh
