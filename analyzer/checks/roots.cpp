#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "analyzer/checks/checks.h"
#include "analyzer/crossings.h"
#include "analyzer/glob.h"
#include "core/base/nearest.h"

namespace bh {
namespace {

class Roots {
 public:
  explicit Roots(const ComponentView& view) : v_(view) {}

  std::optional<ReachOptions> find() {
    v_.result.units = v_.program.units().size();
    for (const ProgramFunction& function : v_.program.functions())
      if (!has(function.fact->attributes, "generated")) ++v_.result.functions;
    const bool complete = check_sources();
    check_names();
    ReachOptions options = make_options();
    const size_t starts = options.entries.size() + options.returns.size();
    if (!complete || starts < v_.code.entries.size()) return std::nullopt;
    return options;
  }

 private:
  bool check_sources() {
    bool complete = !v_.code.sources.empty() && !v_.code.entries.empty();
    if (!complete) v_.sink.report(v_.code.span, diag::CodeWithoutRoots, v_.name());
    const std::vector<const UnitFact*>& units = v_.program.units();
    for (const NamedText& glob : v_.code.sources) {
      const bool used = std::any_of(units.begin(), units.end(), [&](const UnitFact* unit) {
        return glob_matches(glob.text, unit->path);
      });
      if (!used)
        v_.sink.report(glob.span, diag::NoSource, glob.text)
            .help(
                "paths are relative to the folder of compile_commands.json, or to the nearest "
                "above it that holds every file");
      complete &= used;
    }
    return complete;
  }

  // Whether the code defines, calls or names it.
  bool is_known(const std::string& function) const {
    if (!v_.program.named(function).empty()) return true;
    const Facts& facts = v_.program.facts();
    return std::any_of(facts.calls.begin(), facts.calls.end(),
                       [&](const CallFact& call) { return is_called(call.callee, function); }) ||
           std::any_of(facts.references.begin(), facts.references.end(),
                       [&](const ReferenceFact& reference) {
                         return reference.target.kind == AtomKind::Function &&
                                is_called(reference.target.text, function);
                       });
  }

  void need(const std::string& function, Span span) {
    if (is_known(function)) return;
    auto report = v_.sink.report(span, diag::UnknownFunction, function, v_.name());
    add_meant(report, function);
  }

  // What the name was most likely meant to be: the same in a namespace or class, or one like it.
  void add_meant(DiagnosticSink::Builder& report, const std::string& function) const {
    constexpr size_t Most = 5;
    std::set<std::string> qualified, all;
    for (const FunctionId id : v_.program.functions().ids()) {
      if (has(v_.fact(id).attributes, "generated")) continue;
      const std::string name = v_.plain(id);
      if (last_name(name) == last_name(function)) qualified.insert(name);
      all.insert(name);
    }
    if (!qualified.empty() && qualified.size() <= Most) {
      report.help(fmt::format("the sources define {}", fmt::join(qualified, ", ")));
      return;
    }
    const std::string_view near = nearest(function, {all.begin(), all.end()});
    if (!near.empty()) report.help(fmt::format("the sources define {}", near));
  }

  void check_names() {
    for (const CodeUse& use : v_.code.uses) need(use.function, use.span);
    for (const CodeServe& serve : v_.code.serves) need(serve.function, serve.span);
    for (const CodePermit& permit : v_.code.permits) need(permit.function, permit.span);
    for (const CodeMust& must : v_.code.musts) {
      for (const std::string& step : must.steps) need(step, must.span);
      need(must.before, must.span);
    }
    for (const CodeCheck& check : v_.code.checks) {
      need(check.function, check.span);
      need(check.with, check.span);
    }
    for (const CodeResolve& resolve : v_.code.resolves)
      for (const std::string& function : resolve.functions)
        if (!v_.program.has_global(function)) need(function, resolve.span);
  }

  ReachOptions make_options() {
    ReachOptions options;
    for (const CodeEntry& entry : v_.code.entries) add_entry(entry, options);
    for (const CodeUse& use : v_.code.uses) watch(v_.program, use.function, use.matches, options);
    for (const CodePermit& permit : v_.code.permits)
      watch(v_.program, permit.function, permit.matches, options);
    for (const CodeMap& other : v_.model.code)
      if (other.component != v_.code.component) add_starts(other, options);
    for (const CodeAssume& assume : v_.code.assumes)
      options.assumptions.push_back(assumption_of(assume, v_.program.facts()));
    for (const CodeResolve& resolve : v_.code.resolves)
      options.resolutions.push_back({without_brackets(resolve.site), resolve.functions});
    return options;
  }

  void add_entry(const CodeEntry& entry, ReachOptions& options) {
    const std::vector<FunctionId> found = v_.program.named(entry.function);
    if (found.empty()) {
      auto report = v_.sink.report(entry.span, diag::NoEntry, entry.function, v_.name());
      add_meant(report, entry.function);
    }
    if (found.size() > 1) report_ambiguous(entry, found);
    if (found.size() != 1) return;
    if (entry.after)
      options.returns.push_back({found.front(), entry.after->function, entry.after->value});
    else
      options.entries.push_back(found.front());
  }

  // Where another component's execution starts, and not this one's too.
  void add_starts(const CodeMap& other, ReachOptions& options) {
    for (const CodeEntry& entry : other.entries)
      for (const FunctionId id : v_.program.named(entry.function))
        if (std::find(options.entries.begin(), options.entries.end(), id) == options.entries.end())
          options.elsewhere.insert(v_.fact(id).name);
  }

  void report_ambiguous(const CodeEntry& entry, const std::vector<FunctionId>& found) {
    auto report = v_.sink.report(entry.span, diag::AmbiguousEntry, entry.function, found.size());
    for (const FunctionId id : found)
      report.note(fmt::format("defined at {}", print(v_.fact(id).at)));
    report.help("narrow the component's sources to the files that are linked into its program");
  }

  static std::string without_brackets(std::string site) {
    if (site.ends_with("[]")) site.resize(site.size() - 2);
    return site;
  }

  const ComponentView& v_;
};

}  // namespace

std::optional<ReachOptions> check_roots(const ComponentView& view) { return Roots(view).find(); }

bool check_starts(const ComponentView& v) {
  bool all = true;
  size_t i = 0;
  for (const CodeEntry& entry : v.code.entries) {
    if (!entry.after || v.reach.return_starts[i++] > 0) continue;
    v.sink.report(entry.span, diag::NoCallToStartAfter, entry.function, entry.after->function);
    all = false;
  }
  return all;
}

}  // namespace bh
