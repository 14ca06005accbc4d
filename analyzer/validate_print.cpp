#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "analyzer/validate.h"

namespace bh {

std::string_view print(CrossingVerdict verdict) {
  switch (verdict) {
    case CrossingVerdict::Allowed:
      return "allowed";
    case CrossingVerdict::Conditional:
      return "allowed under a condition";
    case CrossingVerdict::Refused:
      return "REFUSED";
  }
  return "";
}

std::string_view print(GapKind kind) {
  switch (kind) {
    case GapKind::Call:
      return "call";
    case GapKind::FailedUnit:
      return "unit";
    case GapKind::Assembly:
      return "assembly";
    case GapKind::LoadedCode:
      return "loaded code";
    case GapKind::SystemCall:
      return "system call";
    case GapKind::NoFlow:
      return "flow";
  }
  return "";
}

namespace {

template <class... Args>
void line(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  out += fmt::format(format, std::forward<Args>(args)...) + "\n";
}

std::string places(const std::vector<Place>& at) {
  std::vector<std::string> texts;
  for (const Place& place : at) texts.push_back(bh::print(place));
  return fmt::format("{}", fmt::join(texts, ", "));
}

void print_requests(const ComponentResult& c, const Model& model, std::string& out) {
  for (const Crossing& x : c.crossings) {
    const std::string by = x.rule.valid() ? fmt::format(" by {}", model.rules[x.rule].name) : "";
    line(out, "  crossing  {} -> {}  {}{}  {} in {}", model.components[x.from].name,
         bh::print(model, x.operation), print(x.verdict), by, bh::print(x.at), x.caller);
  }
  const bool undecided = std::any_of(c.unused_grants.begin(), c.unused_grants.end(),
                                     [](const UnusedGrant& unused) { return unused.undecided; });
  if (undecided)
    line(out,
         "  unused    {} granted requests were not found in the code, but not all of it was "
         "followed",
         c.unused_grants.size());
  for (const HandlerUse& h : c.handlers)
    line(out, "  serves    {}  {} ({})", bh::print(model, h.operation), h.function,
         bh::print(h.defined));
}

void print_assumptions(const ComponentResult& c, std::string& out) {
  for (const AssumptionUse& a : c.assumptions) {
    line(out, "  assumed   {}: decided {} branches; because \"{}\"", a.text, a.branches, a.because);
    if (!a.contradicted.empty())
      line(out, "            contradicted at {}", places(a.contradicted));
    if (!a.elsewhere.empty())
      line(out, "            another value is stored elsewhere in the program: {}",
           places(a.elsewhere));
  }
}

void print_duties(const ComponentResult& c, const Model& model, std::string& out) {
  for (const ObligationResult& o : c.obligations)
    line(out, "  must      {}: at {} of {} calls", o.text, o.calls - o.missed, o.calls);
  for (const CommonVariable& s : c.shared) {
    if (s.because.empty()) continue;
    line(out, "  shares    {} with {}, written at {}, used at {}; because \"{}\"", s.variable,
         model.components[s.other].name, bh::print(s.written), bh::print(s.touched), s.because);
  }
}

// A line for each kind of right, and in full how each function is reached.
void print_privileges(const ComponentResult& c, Detail detail, std::string& out) {
  std::map<Privilege, std::vector<std::string>> kinds;
  for (const PrivilegeUse& use : c.privileges) kinds[use.privilege].push_back(use.function);
  for (const auto& [kind, functions] : kinds)
    line(out, "  rights    {}: {}", bh::print(kind), fmt::join(functions, ", "));
  if (detail == Detail::Brief) return;
  for (const PrivilegeUse& use : c.privileges)
    line(out, "  reaches   {} at {}: {} -> {}", use.function, bh::print(use.at),
         fmt::join(use.path, " -> "), use.function);
}

// In brief only how many there are: a program of some size has dozens, and none of them is a
// finding.
void print_indirect(const ComponentResult& c, Detail detail, std::string& out) {
  if (detail == Detail::Brief) {
    if (!c.indirect.empty())
      line(out, "  pointers  {} calls through pointers (--verbose lists their targets)",
           c.indirect.size());
    return;
  }
  for (const IndirectUse& i : c.indirect) {
    const std::string targets = fmt::format("{}", fmt::join(i.targets, ", "));
    line(out, "  pointer   {} in {} through {}: {} [{}]", bh::print(i.at), i.caller, i.through,
         targets.empty() ? "nothing" : targets, i.certainty);
  }
}

std::string describe(const CodeGap& gap) {
  std::string text = fmt::format("{} at {}", print(gap.kind), bh::print(gap.at));
  if (!gap.function.empty()) text += " in " + gap.function;
  if (gap.kind == GapKind::Call) text += " through " + gap.subject;
  if (!gap.reason.empty()) text += ": " + gap.reason;
  return text;
}

void print_gaps(const ComponentResult& c, Detail detail, std::string& out) {
  std::map<std::string, size_t> accepted;  // by reason
  for (const CodeGap& gap : c.gaps) {
    if (gap.accepted.empty())
      line(out, "  undecided {}", describe(gap));
    else if (detail == Detail::Everything)
      line(out, "  accepted  {}; because \"{}\"", describe(gap), gap.accepted);
    else
      ++accepted[gap.accepted];
  }
  for (const auto& [because, count] : accepted)
    line(out, "  accepted  {} that could not be followed; because \"{}\"", count, because);
}

void print_component(const ComponentResult& c, const Model& model, Detail detail,
                     std::string& out) {
  line(out, "{}", model.components[c.component].name);
  line(out,
       "  code      {} files, {} failed; {} of {} functions reached ({} of {} lines), {} functions "
       "outside",
       c.units, c.failed_units.size(), c.reached_functions, c.functions, c.reached_lines,
       c.linked_lines, c.externals);
  print_requests(c, model, out);
  print_assumptions(c, out);
  print_duties(c, model, out);
  print_privileges(c, detail, out);
  print_indirect(c, detail, out);
  print_gaps(c, detail, out);
}

}  // namespace

std::string print(const ValidationResult& result, const Model& model, Detail detail) {
  std::string out;
  size_t crossings = 0, undecided = 0;
  for (const ComponentResult& component : result.components) {
    print_component(component, model, detail, out);
    crossings += component.crossings.size();
    undecided +=
        static_cast<size_t>(std::count_if(component.gaps.begin(), component.gaps.end(),
                                          [](const CodeGap& gap) { return gap.accepted.empty(); }));
  }
  return out + fmt::format("components: {}, crossings: {}, undecided: {}\n",
                           result.components.size(), crossings, undecided);
}

}  // namespace bh
