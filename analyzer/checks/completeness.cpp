#include <fmt/format.h>

#include <algorithm>

#include "analyzer/checks/checks.h"
#include "analyzer/glob.h"

namespace bh {
namespace {

std::string explain(const UnresolvedSite& site) {
  if (site.reason == UnresolvedReason::NeverStored)
    return "nothing in the sources ever stores into it";
  if (!site.origin || site.origin->at == site.site->at)
    return "its value comes from code outside of the sources";
  if (site.origin->result_of.empty())
    return fmt::format("what is stored at {} is not followed", print(site.origin->at));
  return fmt::format("its value comes from '{}', outside of the sources, at {}",
                     plain_name(site.origin->result_of), print(site.origin->at));
}

// What a `resolve` of the call is written for.
std::string resolved_by(const UnresolvedSite& site, const std::string& function) {
  for (const Atom& atom : site.site->through.alternatives)
    for (std::string_view lasting : {"field:", "global:"})
      if (atom.kind == AtomKind::Slot && atom.text.starts_with(lasting))
        return plain_slot(atom.text);
  return function;
}

// Whatever the component may do beyond what was followed.
class Completeness {
 public:
  explicit Completeness(const ComponentView& view)
      : v_(view), used_(view.code.accepts.size(), false) {}

  void check() {
    for (const UnitFact* unit : v_.program.units())
      if (unit->state == UnitState::Failed) failed_unit(*unit);
    for (const IndirectSite& site : v_.reach.indirect) list(site);
    for (const UnresolvedSite& site : v_.reach.unresolved) unresolved(site);
    for (const ReachedFunction& reached : v_.reach.functions) specials(reached.function);
    for (const SpecialFact& special : v_.program.facts().specials)
      if (special.owner.starts_with("=asm@") && is_in_a_unit(special.at.file))
        add(GapKind::Assembly, special.at, "", "", "");
    for (const ReachedCall& call : v_.reach.calls) call_of_system(call);
    if (!v_.result.followed) return;
    for (size_t i = 0; i < used_.size(); ++i)
      if (!used_[i])
        v_.sink.report(v_.code.accepts[i].span, diag::AcceptUnused, v_.code.accepts[i].subject);
  }

 private:
  void failed_unit(const UnitFact& unit) {
    v_.result.failed_units.push_back(unit.path);
    add(GapKind::FailedUnit, {unit.path, 1, 1}, "", "", unit.reason);
  }

  void list(const IndirectSite& site) {
    if (!site.caller.valid()) return;
    IndirectUse use{site.site->at,
                    v_.plain(site.caller),
                    in_words(site.site->through),
                    std::string(print(site.certainty)),
                    {}};
    for (const std::string& target : site.targets) use.targets.push_back(plain_name(target));
    v_.result.indirect.push_back(std::move(use));
  }

  void unresolved(const UnresolvedSite& site) {
    if (!site.caller.valid()) return;
    const std::string function = v_.plain(site.caller);
    const CodeGap& gap = note(
        {GapKind::Call, site.site->at, function, in_words(site.site->through), explain(site), ""});
    if (!gap.accepted.empty()) return;
    v_.sink.report(v_.code.span, diag::UnresolvedCall, gap.at, function, gap.subject, gap.reason)
        .key({v_.name(), function, without_local_names(site.site->through)})
        .help(fmt::format("say what it calls: resolve {} -> {{ functions }} because \"..\"",
                          resolved_by(site, function)));
  }

  void specials(FunctionId function) {
    for (const SpecialFact* special : v_.program.functions()[function].owned.specials) {
      switch (special->kind) {
        case SpecialKind::Assembly:
          if (is_live(*special)) add(GapKind::Assembly, special->at, v_.plain(function), "", "");
          break;
        case SpecialKind::NoFlow:
          add(GapKind::NoFlow, special->at, v_.plain(function), "", "");
          break;
      }
    }
  }

  bool is_live(const SpecialFact& special) const {
    return std::find(v_.reach.assembly.begin(), v_.reach.assembly.end(), &special) !=
           v_.reach.assembly.end();
  }

  bool is_in_a_unit(const std::string& file) const {
    const std::vector<const UnitFact*>& units = v_.program.units();
    return std::any_of(units.begin(), units.end(),
                       [&](const UnitFact* unit) { return unit->path == file; });
  }

  // A loader of code and a system call without a name; their known kinds are calls as any other.
  void call_of_system(const ReachedCall& call) {
    if (!v_.program.defined(call.callee).empty()) return;
    const bool loads = call.callee == "dlopen" || call.callee == "dlmopen";
    const bool computed = call.callee == "syscall" && !names_its_call(*call.arguments);
    if (!loads && !computed) return;
    add(loads ? GapKind::LoadedCode : GapKind::SystemCall, call.step.at, v_.plain(call.step.caller),
        call.callee, "");
  }

  static bool names_its_call(const std::vector<Value>& arguments) {
    if (arguments.empty()) return false;
    const std::vector<Atom>& first = arguments.front().alternatives;
    return std::all_of(first.begin(), first.end(), [](const Atom& atom) {
      return atom.kind == AtomKind::Constant &&
             (atom.text.starts_with("SYS_") || atom.text.starts_with("__NR_"));
    });
  }

  void add(GapKind kind, const Place& at, std::string function, std::string subject,
           std::string reason) {
    const CodeGap& gap =
        note({kind, at, std::move(function), std::move(subject), std::move(reason), ""});
    if (gap.accepted.empty()) report(gap);
  }

  CodeGap& note(CodeGap found) {
    CodeGap& gap = v_.result.gaps.emplace_back(std::move(found));
    for (size_t i = 0; i < used_.size(); ++i) {
      const CodeAccept& accept = v_.code.accepts[i];
      if (!glob_matches(accept.subject, gap.function) && !glob_matches(accept.subject, gap.at.file))
        continue;
      used_[i] = true;
      if (gap.accepted.empty()) gap.accepted = accept.because;
    }
    return gap;
  }

  // "=local:f|=param:1" -> "=local|=param:1": a new name is no new finding.
  static std::string without_local_names(Value value) {
    for (Atom& atom : value.alternatives)
      if (atom.text.starts_with("local:")) atom.text = "local";
    return print(value);
  }

  void report(const CodeGap& gap) {
    const std::string subject =
        gap.function.empty() ? fmt::format("\"{}\"", gap.at.file) : gap.function;
    const std::string accept = fmt::format("if it is harmless: accept {} because \"..\"", subject);
    switch (gap.kind) {
      case GapKind::Call:
        return;  // unresolved() says more
      case GapKind::FailedUnit:
        v_.sink.report(v_.code.span, diag::FailedUnit, gap.at.file, gap.reason)
            .key({gap.at.file})
            .help("make the file compile with clang, or take it out of the component's sources");
        return;
      case GapKind::Assembly:
        v_.sink.report(v_.code.span, diag::CodeNotFollowed, "the assembly", gap.at)
            .key({v_.name(), subject})
            .help(accept);
        return;
      case GapKind::LoadedCode:
        v_.sink.report(v_.code.span, diag::LoadedCode, gap.subject, gap.at)
            .key({v_.name(), subject})
            .help(accept);
        return;
      case GapKind::SystemCall:
        v_.sink.report(v_.code.span, diag::ComputedSystemCall, gap.at)
            .key({v_.name(), subject})
            .help(accept);
        return;
      case GapKind::NoFlow:
        v_.sink
            .report(v_.code.span, diag::CodeNotFollowed, "a function of unknown control flow",
                    gap.at)
            .key({v_.name(), subject})
            .help(accept);
        return;
    }
  }

  const ComponentView& v_;
  std::vector<bool> used_;  // by accept
};

}  // namespace

void check_completeness(const ComponentView& view) { Completeness(view).check(); }

}  // namespace bh
