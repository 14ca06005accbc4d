#include "analyzer/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyzer/crossings.h"
#include "analyzer/glob.h"
#include "analyzer/handled_cases.h"
#include "analyzer/program.h"
#include "analyzer/reach.h"

namespace bh {
namespace {

class ComponentCheck {
 public:
  ComponentCheck(const Model& model, const CodeMap& code, const Facts& facts,
                 const ValidateOptions& options, DiagnosticSink& sink)
      : model_(model),
        code_(code),
        options_(options),
        sink_(sink),
        program_(facts, texts(code.sources)),
        name_(model.components[code.component].name) {}

  ComponentResult run() {
    result_.component = code_.component;
    result_.units = program_.units().size();
    for (const ProgramFunction& function : program_.functions())
      if (!has(function.fact->attributes, "generated")) ++result_.functions;
    bool complete = check_sources();
    check_names();
    ReachOptions reach_options = make_options();
    const size_t starts = reach_options.entries.size() + reach_options.returns.size();
    if (!complete || starts < code_.entries.size()) return std::move(result_);
    reach_ = reach(program_, reach_options);
    if (!check_starts()) return std::move(result_);
    result_.followed = true;
    measure();
    check_forbidden();
    check_crossings();
    check_handlers();
    report_unserved_cases();
    check_assumptions();
    check_resolutions();
    list_indirect();
    return std::move(result_);
  }

 private:
  static std::vector<std::string> texts(const std::vector<NamedText>& names) {
    std::vector<std::string> found;
    for (const NamedText& name : names) found.push_back(name.text);
    return found;
  }

  // ---- is there anything to look at
  // -----------------------------------------------------------------------

  bool check_sources() {
    bool complete = !code_.sources.empty() && !code_.entries.empty();
    if (!complete) sink_.report(code_.span, diag::CodeWithoutRoots, name_);
    for (const NamedText& glob : code_.sources) {
      bool used =
          std::any_of(program_.units().begin(), program_.units().end(),
                      [&](const UnitFact* unit) { return glob_matches(glob.text, unit->path); });
      if (!used)
        sink_.report(glob.span, diag::NoSource, glob.text)
            .help("paths are relative to the folder of compile_commands.json");
      complete &= used;
    }
    for (const UnitFact* unit : program_.units()) {
      if (unit->state == UnitState::Ok) continue;
      result_.failed_units.push_back(unit->path);
      sink_.report(code_.span, diag::FailedUnit, unit->path, unit->reason)
          .key({unit->path})
          .help("make the file compile with clang, or take it out of the component's sources");
    }
    return complete;
  }

  bool is_known(const std::string& function) const {
    if (!program_.named(function).empty()) return true;
    const std::vector<CallFact>& calls = program_.facts().calls;
    return std::any_of(calls.begin(), calls.end(),
                       [&](const CallFact& call) { return plain_name(call.callee) == function; });
  }

  void check_names() {
    auto need = [&](const std::string& function, Span span) {
      if (!is_known(function)) sink_.report(span, diag::UnknownFunction, function, name_);
    };
    for (const CodeUse& use : code_.uses) need(use.function, use.span);
    for (const CodeServe& serve : code_.serves) need(serve.function, serve.span);
    for (const CodeResolve& resolve : code_.resolves)
      for (const std::string& function : resolve.functions)
        if (!program_.has_global(function)) need(function, resolve.span);
  }

  ReachOptions make_options() {
    ReachOptions options;
    for (const CodeEntry& entry : code_.entries) {
      std::vector<FunctionId> found = program_.named(entry.function);
      if (found.empty()) sink_.report(entry.span, diag::NoEntry, entry.function, name_);
      if (found.size() > 1) report_ambiguous(entry, found);
      if (found.size() != 1) continue;
      if (entry.after)
        options.returns.push_back({found.front(), entry.after->function, entry.after->value});
      else
        options.entries.push_back(found.front());
    }
    for (const CodeUse& use : code_.uses) watch(program_, use.function, use.matches, options);
    for (const CodeAssume& assume : code_.assumes)
      options.assumptions.push_back({assume.subject, assume.value});
    for (const CodeResolve& resolve : code_.resolves)
      options.resolutions.push_back({without_brackets(resolve.site), resolve.functions});
    return options;
  }

  // Each `after` names a call that is there.
  bool check_starts() {
    bool all = true;
    size_t i = 0;
    for (const CodeEntry& entry : code_.entries) {
      if (!entry.after || reach_.return_starts[i++] > 0) continue;
      sink_.report(entry.span, diag::NoCallToStartAfter, entry.function, entry.after->function);
      all = false;
    }
    return all;
  }

  void report_ambiguous(const CodeEntry& entry, const std::vector<FunctionId>& found) {
    auto report = sink_.report(entry.span, diag::AmbiguousEntry, entry.function, found.size());
    for (FunctionId id : found)
      report.note(fmt::format("defined at {}", print(program_.functions()[id].fact->at)));
    report.help("narrow the component's sources to the files that are linked into its program");
  }

  static std::string without_brackets(std::string site) {
    if (site.ends_with("[]")) site.resize(site.size() - 2);
    return site;
  }

  void measure() {
    result_.externals = reach_.externals.size();
    for (const ReachedFunction& reached : reach_.functions) {
      const FunctionFact& fact = *program_.functions()[reached.function].fact;
      if (has(fact.attributes, "generated")) continue;
      ++result_.reached_functions;
      if (fact.last_line < fact.at.line) continue;
      result_.reached_lines += fact.last_line - fact.at.line + 1;
      result_.spans[fact.at.file].push_back({fact.at.line, fact.last_line});
    }
    for (const SpecialFact* special : reach_.assembly) result_.assembly.push_back(special->at);
  }

  // ---- findings
  // ----------------------------------------------------------------------------------------------

  void add_path(DiagnosticSink::Builder& report, const Step& last, const std::string& target) {
    std::vector<std::string> path = path_to(program_, reach_, last);
    size_t skipped = path.size() > options_.longest_path ? path.size() - options_.longest_path : 0;
    report.note(fmt::format("at {}", print(last.at)));
    report.note(fmt::format(
        "reached: {}{} -> {}", skipped > 0 ? fmt::format("({} steps) -> ", skipped) : "",
        fmt::join(path.begin() + static_cast<std::ptrdiff_t>(skipped), path.end(), " -> "),
        target));
    for (const Step& step : steps_to(reach_, last))
      report.step(step.at, fmt::format("in {}, {}", caller_of(step), bh::print(step.certainty)));
    report.key_word(caller_of(last));
  }

  // Its name; "" for an entry, which nobody calls.
  std::string caller_of(const Step& step) const {
    return step.caller.valid() ? plain_name(program_.functions()[step.caller].fact->name) : "";
  }

  // The rows of the component's tables by which a call through a pointer gets there.
  void add_rows(DiagnosticSink::Builder& report, const std::string& link_name) {
    for (const RowFact& row : program_.facts().rows) {
      bool names = std::any_of(row.cells.begin(), row.cells.end(), [&](const std::string& cell) {
        return cell.ends_with("=fn:" + link_name);
      });
      if (names && reach_.globals.contains(row.table) && program_.contains(row.at.file))
        report.note(fmt::format("row of the table '{}' at {}: {}", plain_name(row.table),
                                print(row.at), fmt::join(row.cells, " ")));
    }
  }

  // The way to a function that the component reaches, if it does.
  std::optional<Step> way_to(FunctionId function) const {
    auto found = reach_.index.find(function);
    if (found == reach_.index.end()) return std::nullopt;
    return reach_.functions[found->second].from;
  }

  // Each function that calls it is a finding of its own.
  void check_forbidden() {
    std::vector<std::pair<std::string, Step>> ways;
    for (const ReachedExternal& external : reach_.externals)
      ways.push_back({plain_name(external.name), external.from});
    for (const ReachedFunction& reached : reach_.functions) {
      const FunctionFact& fact = *program_.functions()[reached.function].fact;
      ways.push_back({plain_name(fact.name), reached.from.value_or(Step{{}, fact.at})});
    }
    for (const ReachedCall& call : reach_.calls)
      ways.push_back({plain_name(call.callee), call.step});
    for (const NamedText& forbidden : code_.forbids) {
      std::set<std::pair<FunctionId, std::string_view>> seen;
      for (const auto& [function, from] : ways)
        if (glob_matches(forbidden.text, function) && seen.insert({from.caller, function}).second)
          report_forbidden(forbidden, function, from);
    }
  }

  void report_forbidden(const NamedText& forbidden, const std::string& function, const Step& from) {
    auto report =
        sink_.report(forbidden.span, diag::ForbiddenCall, name_, function, from.at);
    add_path(report, from, function);
  }

  void check_crossings() {
    CrossingCheck check(model_, code_);
    for (const ReachedCall& reached : reach_.calls) {
      std::optional<CrossingFinding> finding = check.look_at(reached);
      if (!finding) continue;
      const FunctionFact& caller = *program_.functions()[reached.step.caller].fact;
      for (Crossing crossing : finding->crossings) {
        crossing.caller = plain_name(caller.name);
        if (crossing.verdict == CrossingVerdict::Refused) report_refused(crossing, reached);
        result_.crossings.push_back(std::move(crossing));
      }
      if (!finding->undeclared.empty()) report_undeclared(*finding, reached);
    }
  }

  void report_refused(const Crossing& crossing, const ReachedCall& reached) {
    auto report = sink_.report(code_.span, diag::CrossingRefused, name_,
                               print(model_, crossing.operation), crossing.at)
                      .key_word(crossing.function);
    if (crossing.rule.valid())
      report.label(model_.rules[crossing.rule].span, "this deny matches");
    else
      report.note("no allow matches");
    add_path(report, reached.step, crossing.function);
  }

  void report_undeclared(const CrossingFinding& finding, const ReachedCall& reached) {
    std::string function = plain_name(reached.callee);
    auto report =
        finding.decided
            ? sink_.report(code_.span, diag::UndeclaredMessage, name_, function, finding.undeclared,
                           reached.step.at)
            : sink_.report(code_.span, diag::UndecidedMessage, function, reached.step.at)
                  .key({name_, function});
    add_path(report, reached.step, function);
  }

  // Work that another component's code does must not be done here, and what this one serves must be
  // served.
  void check_handlers() {
    using Served = std::pair<std::string, std::string>;  // function, and constant of a case
    std::set<Served> own;
    for (const CodeServe& serve : code_.serves) own.insert({serve.function, serve.constant});
    for (const CodeMap& other : model_.code) {
      if (other.component == code_.component) continue;
      for (const CodeServe& serve : other.serves) {
        if (own.contains({serve.function, serve.constant})) continue;
        if (!serve.constant.empty() && cases_served(program_, reach_, serve).empty()) continue;
        for (FunctionId function : program_.named(serve.function)) report_foreign(serve, function);
      }
    }
    for (const CodeServe& serve : code_.serves) {
      if (!serve.constant.empty()) {
        check_case(serve);
        continue;
      }
      for (FunctionId function : program_.named(serve.function)) {
        const FunctionFact& fact = *program_.functions()[function].fact;
        if (reach_.index.contains(function))
          result_.handlers.push_back({serve.operation, serve.function, fact.at});
        else
          sink_.report(serve.span, diag::HandlerNotReached, serve.function,
                       print(model_, serve.operation), name_);
      }
    }
  }

  void check_case(const CodeServe& serve) {
    const std::vector<const CaseFact*> served = cases_served(program_, reach_, serve);
    for (const CaseFact* fact : served)
      result_.handlers.push_back({serve.operation, serve.function, fact->at});
    if (served.empty())
      sink_.report(serve.span, diag::HandlerNotReached,
                   fmt::format("case {} of {}", serve.constant, serve.function),
                   print(model_, serve.operation), name_);
  }

  void report_unserved_cases() {
    for (const CaseFact* fact : cases_not_served(program_, reach_, code_))
      sink_
          .report(code_.span, diag::UndeclaredCase, name_, bh::print(fact->constant), fact->at)
          .note(fmt::format("in a switch over {}", bh::print(fact->on)))
          .help("say which request it is: serves PATH <- f(case K)");
  }

  void report_foreign(const CodeServe& serve, FunctionId function) {
    if (!reach_.index.contains(function)) return;
    Step from = way_to(function).value_or(Step{{}, program_.functions()[function].fact->at});
    auto report = sink_.report(serve.span, diag::ForeignHandler, name_, serve.function,
                               print(model_, serve.operation), from.at);
    report.label(code_.span, "by this code");
    add_path(report, from, serve.function);
    add_rows(report, program_.functions()[function].fact->name);
  }

  // ---- what it rests on
  // ------------------------------------------------------------------------------------

  static bool contradicts(const StoreFact& store, int64_t assumed) {
    if (store.how == StoreHow::Address) return false;
    for (const Atom& atom : store.value.alternatives)
      if (store.how == StoreHow::Change || atom.kind != AtomKind::Constant ||
          atom.number != assumed)
        return true;
    return false;
  }

  void check_assumptions() {
    std::set<const StoreFact*> live(reach_.stores.begin(), reach_.stores.end());
    for (size_t i = 0; i < code_.assumes.size(); ++i) {
      const CodeAssume& assume = code_.assumes[i];
      AssumptionUse use{fmt::format("{} = {}", assume.subject, assume.value),
                        assume.because,
                        reach_.cuts[i],
                        {},
                        {}};
      for (const StoreFact& store : program_.facts().stores) {
        if (assumable(store.slot) != assume.subject || !contradicts(store, assume.value)) continue;
        if (!program_.contains(store.at.file)) continue;
        (live.contains(&store) ? use.contradicted : use.elsewhere).push_back(store.at);
      }
      for (const Place& at : use.contradicted)
        sink_.report(assume.span, diag::AssumptionContradicted, use.text, name_, at);
      if (use.branches == 0) sink_.report(assume.span, diag::AssumptionUnused, use.text);
      result_.assumptions.push_back(std::move(use));
    }
  }

  void check_resolutions() {
    for (size_t i = 0; i < code_.resolves.size(); ++i)
      if (reach_.resolution_uses[i] == 0)
        sink_.report(code_.resolves[i].span, diag::ResolutionUnused, code_.resolves[i].site);
  }

  static std::string_view print(UnresolvedReason reason) {
    switch (reason) {
      case UnresolvedReason::Untracked:
        return "its value comes from code outside of the sources";
      case UnresolvedReason::NeverStored:
        return "nothing in the sources ever stores into it";
    }
    return "";
  }
  static std::string print(const Place& at) { return bh::print(at); }
  static std::string print(const Model& model, OperationId operation) {
    return bh::print(model, operation);
  }

  static std::string without_local_names(Value value) {
    for (Atom& atom : value.alternatives)
      if (atom.kind == AtomKind::Slot && atom.text.starts_with("local:")) atom.text = "local";
    return bh::print(value);
  }

  void list_indirect() {
    for (const IndirectSite& site : reach_.indirect) {
      if (!site.caller.valid()) continue;
      IndirectUse use{site.site->at,
                      plain_name(program_.functions()[site.caller].fact->name),
                      bh::print(site.site->through),
                      std::string(bh::print(site.certainty)),
                      {}};
      for (const std::string& target : site.targets) use.targets.push_back(plain_name(target));
      result_.indirect.push_back(std::move(use));
    }
    for (const UnresolvedSite& site : reach_.unresolved) {
      if (!site.caller.valid()) continue;
      UnresolvedUse use{site.site->at, plain_name(program_.functions()[site.caller].fact->name),
                        bh::print(site.site->through), std::string(print(site.reason))};
      sink_
          .report(code_.span, diag::UnresolvedCall, use.at, use.caller, use.through, use.reason)
          .key({name_, use.caller, without_local_names(site.site->through)})
          .help("say what it calls: resolve SITE -> { functions } because \"..\"");
      result_.unresolved.push_back(std::move(use));
    }
  }

  const Model& model_;
  const CodeMap& code_;
  const ValidateOptions& options_;
  DiagnosticSink& sink_;
  Program program_;
  std::string name_;
  Reach reach_;
  ComponentResult result_;
};

// `tcb n: { A, B } at most N lines`: the lines of what their programs reach, each counted once.
class TrustedLines {
 public:
  TrustedLines(const Model& model, const ValidationResult& result, DiagnosticSink& sink)
      : model_(model), result_(result), sink_(sink) {}

  void check(const Property& property) {
    const auto* base = std::get_if<TrustedBase>(&property.body);
    if (base == nullptr || !base->most_lines) return;
    std::map<std::string, IntervalSet> lines;
    std::string sizes;
    for (const ComponentId id : base->components) {
      const ComponentResult* part = result_of(id);
      if (part == nullptr || !part->followed) {
        sink_
            .report(property.span, diag::LinesNotCounted, property.name, model_.components[id].name)
            .help(fmt::format("say what its program is: code {} {{ sources \"..\" entry main }}",
                              model_.components[id].name));
        return;
      }
      for (const auto& [file, spans] : part->spans) lines[file] = lines[file] | IntervalSet(spans);
      sizes += fmt::format("{}{} {}", sizes.empty() ? "" : ", ", model_.components[id].name,
                           part->reached_lines);
    }
    uint64_t count = 0;
    for (const auto& [file, set] : lines) {
      for (const Interval& i : set.intervals()) count += i.high - i.low + 1;
    }
    if (count <= *base->most_lines) return;
    sink_.report(property.span, diag::TrustedBaseTooLong, property.name, count, *base->most_lines)
        .note("lines of the functions that each program reaches: " + sizes);
  }

 private:
  const ComponentResult* result_of(ComponentId id) const {
    const auto at = std::find_if(result_.components.begin(), result_.components.end(),
                                 [&](const ComponentResult& part) { return part.component == id; });
    return at == result_.components.end() ? nullptr : &*at;
  }

  const Model& model_;
  const ValidationResult& result_;
  DiagnosticSink& sink_;
};

}  // namespace

ValidationResult validate(const CheckedModel& model, const Facts& facts,
                          const ValidateOptions& options, DiagnosticSink& sink) {
  ValidationResult result;
  if (model->code.empty())
    sink.report(model->span, diag::NothingToCheck, "the policy has no code statement");
  for (const CodeMap& code : model->code)
    result.components.push_back(ComponentCheck(*model, code, facts, options, sink).run());
  TrustedLines trusted(*model, result, sink);
  for (const Property& property : model->properties) trusted.check(property);
  return result;
}

}  // namespace bh
