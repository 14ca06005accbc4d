#include "driver/pipeline/least_privilege.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "analyzer/shards.h"
#include "analyzer/validate.h"
#include "driver/pipeline/extract.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/least_privilege_log.h"
#include "driver/pipeline/least_privilege_text.h"
#include "solver/queries/argument_grid.h"
#include "solver/queries/least_edit.h"
#include "solver/queries/report.h"

namespace bh {

bool LeastResult::minimal() const {
  return std::all_of(edits.begin(), edits.end(), [](const PolicyEdit& edit) {
    return edit.minimal && edit.exact && edit.objection.empty();
  });
}

namespace {

// ---- evidence
// ------------------------------------------------------------------------------------

struct Seen {
  std::vector<Evidence> evidence;
  std::vector<Knowledge> known;  // by component
  std::vector<bool> code;
  std::vector<bool> log;
};

bool is_open_message(uint16_t code) {
  return code == diag::UndeclaredMessage.number || code == diag::UndecidedMessage.number;
}

void add_code(const CheckedModel& model, const Facts& facts, Seen& to) {
  DiagnosticSink findings;
  const ValidationResult result = validate(model, facts, ValidateOptions{}, findings);
  std::set<Span> open;  // code statements of which some message could not be told
  for (const Diagnostic& d : findings.diagnostics()) {
    if (is_open_message(d.code)) open.insert(d.span);
  }
  for (size_t i = 0; i < result.components.size(); ++i) {
    const ComponentResult& part = result.components[i];
    const size_t component = part.component.value;
    const bool whole = part.followed && part.gaps.empty() && !open.contains(model->code[i].span);
    to.known[component] = whole ? Knowledge::Some : Knowledge::Partial;
    to.code[component] = true;
    for (const Crossing& crossing : part.crossings) {
      Evidence evidence;
      evidence.kind = EvidenceKind::Code;
      evidence.subject = crossing.from;
      evidence.operation = crossing.operation;
      evidence.words = crossing.values;
      evidence.at = print(crossing.at);
      to.evidence.push_back(std::move(evidence));
    }
  }
}

Result<Facts> read_facts(const LeastRequest& request) {
  if (request.database.empty()) return load_facts(request.facts);
  return extract_facts({request.database, request.facts, request.check.threads});
}

Result<void> add_log(const CheckedModel& model, const std::string& path, DiagnosticSink& sink,
                     Seen& to) {
  BH_TRY(const std::string text, read_file(path));
  BH_TRY(LogReading log, read_log(model, path, text));
  if (log.foreign > 0) {
    sink.report({}, diag::ForeignRecords, log.foreign, log.records, path)
        .help("give the log of a system that ran this policy");
  }
  for (size_t i = 0; i < log.active.size(); ++i) {
    if (!log.active[i]) continue;
    to.log[i] = true;
    if (to.known[i] == Knowledge::Nothing) to.known[i] = Knowledge::Some;
  }
  for (Evidence& evidence : log.granted) to.evidence.push_back(std::move(evidence));
  return {};
}

Result<Seen> gather(LoadedPolicy& policy, const LeastRequest& request) {
  const CheckedModel& model = *policy.model;
  const size_t components = model->components.size();
  Seen seen{{}, {}, std::vector<bool>(components), std::vector<bool>(components)};
  seen.known.resize(components, Knowledge::Nothing);
  const bool wants_code = !request.database.empty() || !request.facts.empty();
  if (wants_code && model->code.empty()) {
    return fail(
        "the policy has no `code` statements, so facts tell nothing about it",
        "say which sources belong to a component: code NAME { sources \"src/**\" entry main }");
  }
  if (wants_code) {
    BH_TRY(const Facts facts, read_facts(request));
    add_code(model, facts, seen);
  }
  for (const std::string& log : request.logs) {
    const Result<void> added = add_log(model, log, policy.sink, seen);
    if (!added.has_value()) return tl::unexpected(added.error());
  }
  return seen;
}

// The arguments that tests give; what a step leaves out takes the least value in the model.
std::map<Span, std::vector<bool>> given_arguments(const LoadedPolicy& policy,
                                                  const std::vector<CheckedModel>& settings) {
  std::map<Span, const ast::StepDecl*> steps;
  for (const ast::TestDecl& test : policy.ast.tests) {
    for (const ast::StepDecl& step : test.steps) steps.emplace(step.span, &step);
  }
  std::map<Span, std::vector<bool>> given;
  for (const CheckedModel& model : settings) {
    for (const Test& test : model->tests) {
      for (const TestStep& step : test.steps) {
        const ast::StepDecl& decl = *steps.at(step.span);
        std::vector<bool>& list = given[step.span];
        list.clear();
        for (const Parameter& p : model->method_of(step.step.request.operation).parameters) {
          list.push_back(
              std::any_of(decl.arguments.begin(), decl.arguments.end(),
                          [&](const auto& argument) { return argument.first.text == p.name; }));
        }
      }
    }
  }
  return given;
}

// ---- the edit, tried
// -----------------------------------------------------------------------------

std::set<std::pair<uint16_t, std::string>> faults(const LoadedPolicy& policy) {
  std::set<Span> properties;
  for (const Property& property : (*policy.model)->properties) properties.insert(property.span);
  std::set<std::pair<uint16_t, std::string>> found;
  for (const Diagnostic& d : policy.sink.diagnostics()) {
    if (d.severity != Severity::Warning && !properties.contains(d.span)) {
      found.emplace(d.code, d.message);
    }
  }
  return found;
}

class EditTrial {
 public:
  EditTrial(const LoadedPolicy& policy, const LeastRequest& request, LeastPrivilege& least,
            const CheckResult& before, const std::optional<Setting>& only)
      : policy_(policy),
        request_(request),
        least_(least),
        before_(before),
        only_(only),
        faults_(faults(policy)) {}

  // All of the edits that can be made together; of those that cannot, why. Where some cannot,
  // halves are tried until it is known which.
  std::vector<RuleEdit> run(const std::vector<RuleEdit>& edits) {
    std::vector<std::vector<RuleEdit>> open;
    if (!edits.empty()) open.push_back(edits);
    std::vector<RuleEdit> good;
    while (!open.empty()) {
      const std::vector<RuleEdit> next = std::move(open.back());
      open.pop_back();
      std::vector<RuleEdit> together = good;
      together.insert(together.end(), next.begin(), next.end());
      const std::string objection = object(together);
      if (objection.empty()) {
        good = std::move(together);
      } else if (next.size() == 1) {
        objections_[next[0].rule] = objection;
      } else {
        const auto middle = next.begin() + static_cast<ptrdiff_t>(next.size() / 2);
        open.emplace_back(middle, next.end());
        open.emplace_back(next.begin(), middle);
      }
    }
    std::sort(good.begin(), good.end(),
              [](const RuleEdit& a, const RuleEdit& b) { return a.rule < b.rule; });
    return good;
  }

  const std::map<RuleId, std::string>& objections() const { return objections_; }

  std::vector<std::string> texts(const std::vector<TextEdit>& edits) const {
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < request_.user_files; ++i) {
      const SourceFile& file = policy_.sources[FileId(i)];
      const bool touched = std::any_of(edits.begin(), edits.end(), [&](const TextEdit& edit) {
        return std::any_of(edit.fixes.begin(), edit.fixes.end(),
                           [&](const FixIt& fix) { return fix.replace.file == FileId(i); });
      });
      texts.push_back(touched ? apply_edits(file, FileId(i), edits) : std::string(file.text()));
    }
    return texts;
  }

 private:
  // Why the edits must not be made together; "" when nothing speaks against it.
  std::string object(const std::vector<RuleEdit>& edits) {
    LoadedPolicy edited = reload_policy(policy_, texts(text_edits(policy_, edits)));
    if (!edited.model) {
      const auto& findings = edited.sink.diagnostics();
      return "the policy would not be read any more: " +
             (findings.empty() ? std::string("no text") : findings[0].message);
    }
    const Result<std::vector<CheckedModel>> settings = all_settings(edited);
    if (!settings.has_value()) return settings.error().message;
    for (size_t i = 0; i < settings->size(); ++i) {
      std::string objection = compare(i, (*settings)[i]);
      if (!objection.empty()) return objection;
    }
    return check(edited);
  }

  // Nothing more is granted than before, and all that was granted and is needed still is.
  std::string compare(size_t setting, const CheckedModel& model) {
    const Matrix after(*model, least_.questions());
    const Matrix& before = least_.matrix(setting);
    for (const MatrixCell& cell : after.cells()) {
      const MatrixCell* old = before.find(cell.subject, cell.operation);
      const smt::ExprId was = old == nullptr ? smt::Exprs::False : old->granted;
      if (!within(cell.operation, cell.granted, was)) {
        return "it would grant " + name(cell.subject, cell.operation) + " more than before";
      }
    }
    for (const MatrixCell& cell : before.cells()) {
      const MatrixCell* now = after.find(cell.subject, cell.operation);
      const smt::ExprId is = now == nullptr ? smt::Exprs::False : now->granted;
      if (!within(cell.operation, stays(cell), is)) {
        return "it would refuse what is needed of " + name(cell.subject, cell.operation);
      }
    }
    return {};
  }

  bool within(OperationId operation, smt::ExprId part, smt::ExprId whole) {
    const smt::ExprId rest = least_.exprs(operation).without(part, whole);
    return least_.questions().never(least_.signature_of(operation), rest) == smt::AnswerKind::Holds;
  }

  // What is granted in the cell and is needed, or may be for all that is known.
  smt::ExprId stays(const MatrixCell& cell) {
    if (excess_.empty()) {
      for (const ExcessCell& excess : least_.excess()) {
        excess_[{excess.operation, excess.subject}] = &excess;
      }
    }
    const auto at = excess_.find({cell.operation, cell.subject});
    if (at == excess_.end()) {
      const bool possible = least_.can_be_granted(cell.subject, cell.operation);
      return possible ? cell.granted : smt::Exprs::False;
    }
    if (at->second->knowledge != Knowledge::Some) return cell.granted;
    return least_.exprs(cell.operation).all_of({cell.granted, at->second->needed});
  }

  std::string name(ComponentId subject, OperationId operation) const {
    return fmt::format("'{} -> {}'", least_.model().components[subject].name,
                       print(least_.model(), operation));
  }

  std::string check(LoadedPolicy& edited) const {
    const CheckResult after = check_settings(edited, request_.check, only_).result;
    for (size_t i = 0; i < before_.properties.size(); ++i) {
      if (after.properties[i].verdict == before_.properties[i].verdict) continue;
      const Property& property = (*edited.model)->properties[after.properties[i].property];
      return fmt::format("'{}' would be {}", property.name, print(after.properties[i].verdict));
    }
    for (const auto& [code, message] : faults(edited)) {
      if (!faults_.contains({code, message})) return message;
    }
    return {};
  }

  const LoadedPolicy& policy_;
  const LeastRequest& request_;
  LeastPrivilege& least_;
  const CheckResult& before_;
  const std::optional<Setting>& only_;
  std::set<std::pair<uint16_t, std::string>> faults_;
  std::map<std::pair<OperationId, ComponentId>, const ExcessCell*> excess_;
  std::map<RuleId, std::string> objections_;
};

EditLimits limits_of(const LoadedPolicy& policy, const LeastPrivilege& least, size_t user_files) {
  const Model& model = least.model();
  EditLimits limits{std::vector<bool>(model.rules.size()), std::vector<bool>(model.rules.size())};
  for (const RuleId id : model.rules.ids()) {
    limits.fixed[id.value] = model.rules[id].span.file.value >= user_files;
  }
  for (const Audit& audit : model.audits) {
    if (audit.of == AuditOf::Rule) limits.single[audit.rule.value] = true;
  }
  if (model.selinux) {
    for (const auto& approximation : model.selinux->approximations) {
      if (approximation.rule.valid()) limits.single[approximation.rule.value] = true;
    }
  }
  std::set<std::string_view> cited;
  for (const ast::TestDecl& test : policy.ast.tests) {
    for (const ast::StepDecl& step : test.steps) cited.insert(step.by.text);
  }
  for (const RuleId id : model.rules.ids()) {
    if (cited.contains(model.rules[id].name)) limits.single[id.value] = true;
  }
  return limits;
}

// ---- findings
// ------------------------------------------------------------------------------------

class ExcessReport {
 public:
  ExcessReport(LoadedPolicy& policy, LeastPrivilege& least, const Seen& seen, bool has_logs,
               LeastResult& result)
      : model_(**policy.model),
        sink_(policy.sink),
        least_(least),
        seen_(seen),
        has_logs_(has_logs),
        result_(result),
        rules_of_(model_.components.size()) {}

  void run() {
    list_evidence();
    list_excess();
    for (size_t i = 0; i < result_.excess.size();) {
      size_t end = i;
      while (end < result_.excess.size() && result_.excess[end].rule == result_.excess[i].rule) {
        ++end;
      }
      report_rule(i, end);
      i = end;
    }
    for (const ComponentEvidence& known : result_.evidence) {
      if (known.excess > 0 && known.knowledge != Knowledge::Some) report_component(known);
    }
    for (const auto& [subject, operation] : least_.undecided()) {
      report_undecided(sink_, model_.components[subject].span,
                       fmt::format("whether all of '{} -> {}' is needed",
                                   model_.components[subject].name, print(model_, operation)),
                       "the solver gave up");
    }
  }

 private:
  void list_evidence() {
    std::vector<bool> granted(model_.components.size());
    for (const MatrixCell& cell : least_.matrix(0).cells()) granted[cell.subject.value] = true;
    std::vector<size_t> excess(model_.components.size());
    for (const ExcessCell& cell : least_.excess()) ++excess[cell.subject.value];
    for (const ComponentId id : model_.components.ids()) {
      if (!granted[id.value]) continue;
      ComponentEvidence known{id,
                              least_.knowledge(id),
                              {},
                              seen_.code[id.value],
                              seen_.log[id.value],
                              excess[id.value]};
      for (size_t kind = 0; kind < EvidenceKinds; ++kind) {
        known.requests[kind] = least_.count(id, static_cast<EvidenceKind>(kind));
      }
      result_.evidence.push_back(known);
    }
    result_.cells = least_.cells();
    result_.excess_cells = least_.excess().size();
  }

  std::string region(OperationId operation, smt::ExprId formula) {
    if (formula == smt::Exprs::True) return {};
    Conditions conditions;
    const ConditionId id = describe(least_.exprs(operation), formula, conditions);
    return id == Conditions::True ? std::string() : print(model_, conditions, operation, id);
  }

  void list_excess() {
    for (const ExcessRule& rule : least_.rules()) {
      for (const ExcessPart& part : rule.parts) {
        const ExcessCell& cell = least_.excess()[part.cell];
        result_.excess.push_back({rule.rule, cell.subject, cell.operation,
                                  region(cell.operation, part.region), cell.knowledge});
        std::vector<RuleId>& rules = rules_of_[cell.subject.value];
        if (rules.empty() || rules.back() != rule.rule) rules.push_back(rule.rule);
      }
    }
  }

  std::string line(const ExcessRegion& region) const {
    return fmt::format("{} -> {}{}{}", model_.components[region.subject].name,
                       print(model_, region.operation), region.when.empty() ? "" : "  ",
                       region.when);
  }

  void report_rule(size_t begin, size_t end) {
    constexpr size_t MostLines = 8;
    std::vector<const ExcessRegion*> known;
    for (size_t i = begin; i < end; ++i) {
      if (result_.excess[i].knowledge == Knowledge::Some) known.push_back(&result_.excess[i]);
    }
    if (known.empty()) return;
    const Rule& rule = model_.rules[known[0]->rule];
    auto finding = sink_.report(rule.span, diag::ExcessPrivilege, rule.name, line(*known[0]));
    add_needs(finding, *known[0]);
    for (size_t i = 1; i < known.size() && i < MostLines; ++i) {
      finding.note("so is " + line(*known[i]));
    }
    if (known.size() > MostLines) {
      finding.note(fmt::format("so are {} more", known.size() - MostLines));
    }
    if (has_logs_ && !leaves_records(known[0]->rule)) {
      finding.note("its grants leave no record but in what `bulkhead run` prints");
    }
    add_edit(finding, known[0]->rule);
  }

  bool leaves_records(RuleId rule) const {
    return std::any_of(model_.audits.begin(), model_.audits.end(), [&](const Audit& audit) {
      return audit.of == AuditOf::Granted || (audit.of == AuditOf::Rule && audit.rule == rule);
    });
  }

  // Why the rest of the first one stays.
  void add_needs(DiagnosticSink::Builder finding, const ExcessRegion& region) {
    constexpr size_t MostLabels = 3;
    const auto evidence = least_.evidence(region.subject, region.operation);
    if (evidence.empty()) return;
    const smt::ExprId need = least_.exprs(region.operation)
                                 .all_of({least_.needed(region.subject, region.operation),
                                          least_.granted(region.subject, region.operation)});
    if (need == smt::Exprs::False) return;
    const std::string text = this->region(region.operation, need);
    if (!text.empty() && text != "false") finding.note("needed: " + text);
    size_t shown = 0;
    std::vector<std::string> places;
    for (const Evidence* each : evidence) {
      if (shown == MostLabels) break;
      ++shown;
      if (each->span.valid()) {
        finding.label(each->span, each->kind == EvidenceKind::Test ? "this test needs it"
                                                                   : "this requirement needs it");
      } else {
        places.push_back(fmt::format("{} ({})", each->at, print(each->kind)));
      }
    }
    if (!places.empty()) finding.note(fmt::format("seen: {}", fmt::join(places, ", ")));
    if (evidence.size() > MostLabels) {
      finding.note(fmt::format("and {} more that need some of it", evidence.size() - MostLabels));
    }
  }

  void add_edit(DiagnosticSink::Builder finding, RuleId rule) {
    const auto edit = std::find_if(result_.edits.begin(), result_.edits.end(),
                                   [&](const PolicyEdit& each) { return each.rule == rule; });
    if (edit == result_.edits.end()) {
      finding.note("the rule stands in a module, so it is not edited");
      return;
    }
    if (!edit->exact) {
      finding.note((edit->fixes.empty() ? "it is not edited: " : "part of it remains: ") +
                   edit->obstacle);
    }
    if (!edit->objection.empty()) {
      finding.note(fmt::format("not offered: {}, because then {}", edit->summary, edit->objection));
      return;
    }
    for (const FixIt& fix : edit->fixes) {
      const bool first = &fix == &edit->fixes[0];
      finding.fix({first ? fix.text : "and edit it behind the comment", fix.replace, fix.with});
    }
  }

  void report_component(const ComponentEvidence& known) {
    const Component& component = model_.components[known.component];
    const std::string by = "granted by " + print_rules(model_, rules_of_[known.component.value]);
    if (known.knowledge == Knowledge::Partial) {
      sink_.report(component.span, diag::NeedsNotFollowed, component.name, known.excess)
          .note(by)
          .help("`bulkhead validate` says where its code could not be followed");
      return;
    }
    sink_.report(component.span, diag::NeedsUnknown, component.name, known.excess)
        .note(by)
        .help("write a `require` or a test that makes its requests, or give --facts or --log");
  }

  const Model& model_;
  DiagnosticSink& sink_;
  LeastPrivilege& least_;
  const Seen& seen_;
  bool has_logs_;
  LeastResult& result_;
  std::vector<std::vector<RuleId>> rules_of_;  // by component: those with excess
};

// ---- all of it
// -----------------------------------------------------------------------------------

void find_edits(LoadedPolicy& policy, const LeastRequest& request, LeastPrivilege& least,
                const std::optional<Setting>& only, LeastResult& result) {
  const std::vector<RuleEdit> edits =
      smallest_edit(least, limits_of(policy, least, request.user_files));
  EditTrial trial(policy, request, least, result.check.result, only);
  const std::vector<RuleEdit> good = trial.run(edits);
  const std::vector<TextEdit> made = text_edits(policy, good);
  const std::vector<TextEdit> all = text_edits(policy, edits);
  size_t next = 0;
  for (size_t i = 0; i < edits.size(); ++i) {
    const auto objection = trial.objections().find(edits[i].rule);
    const bool refused = objection != trial.objections().end();
    const TextEdit& text = refused ? all[i] : made[next++];
    result.edits.push_back({text.rule, text.summary, text.fixes, edits[i].exact, edits[i].minimal,
                            edits[i].obstacle, refused ? objection->second : std::string()});
  }
  result.texts = trial.texts(made);
  for (uint32_t i = 0; i < result.texts.size(); ++i) {
    const SourceFile& file = policy.sources[FileId(i)];
    if (result.texts[i] == file.text()) continue;
    result.files.push_back({file.path(), std::string(file.text()), result.texts[i]});
  }
}

}  // namespace

Result<LeastResult> least_privilege(LoadedPolicy& policy, const LeastRequest& request,
                                    const std::optional<Setting>& only) {
  LeastResult result;
  BH_TRY(const Seen seen, gather(policy, request));
  BH_TRY(const std::vector<CheckedModel> settings, all_settings(policy));
  result.check = check_settings(policy, request.check, only);
  if (count_entries(**policy.model) > request.check.entry_limit) return result;  // as BH4090 says
  std::vector<const CheckedModel*> models;
  for (const CheckedModel& setting : settings) models.push_back(&setting);
  LeastPrivilege least(models, seen.evidence, seen.known,
                       {request.check, request.observed, given_arguments(policy, settings)});
  find_edits(policy, request, least, only, result);
  ExcessReport(policy, least, seen, !request.logs.empty(), result).run();
  return result;
}

}  // namespace bh
