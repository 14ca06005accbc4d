#include "solver/mutation/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "solver/reference/policy_tests.h"

namespace bh {

MutationRun::MutationRun(const CheckedModel& model, const MutationOptions& options)
    : model_(model),
      list_(list_mutations(*model, options.most)),
      verdicts_(model, options.check),
      distinguisher_(model, options.distinction) {}

std::optional<std::string> MutationRun::failing_test(const CheckedModel& mutant) const {
  Evaluator evaluator(mutant);
  DiagnosticSink sink;
  for (const Test& test : mutant->tests) {
    if (!run_test(mutant, evaluator, test, sink)) return test.name;
  }
  return std::nullopt;
}

bool MutationRun::fails(const CheckedModel& model, const Test& test) const {
  Evaluator evaluator(model);
  DiagnosticSink sink;
  return !run_test(model, evaluator, test, sink);
}

// The decisions expected are the original's. Named after the statement and the last request.
Test MutationRun::make_test(const Mutation& mutation, const Trace& trace) const {
  Test test;
  const std::vector<Decision> decisions = replay(model_, trace);
  for (size_t i = 0; i < trace.size(); ++i) {
    TestStep step;
    step.step = trace[i];
    step.expect_granted = decisions[i].granted();
    test.steps.push_back(step);
  }
  const std::string before =
      trace.size() > 1 ? fmt::format(" after {} granted", trace.size() - 1) : "";
  const Request& last = trace.back().request;
  test.name = unused_name(fmt::format("{}: {} {} {}{}", mutation.subject,
                                      model_->components[last.caller].name,
                                      decisions.back().granted() ? "may ask" : "may not ask",
                                      print(*model_, last.operation), before));
  return test;
}

std::string MutationRun::unused_name(const std::string& wanted) const {
  const auto is_used = [&](const std::string& name) {
    const auto has_name = [&](const Test& test) { return test.name == name; };
    return std::any_of(model_->tests.begin(), model_->tests.end(), has_name) ||
           std::any_of(generated_.begin(), generated_.end(), has_name);
  };
  std::string name = wanted;
  for (size_t number = 2; is_used(name); ++number) name = fmt::format("{}, {}", wanted, number);
  return name;
}

void MutationRun::survive(const CheckedModel& mutant, MutantResult& result) {
  for (const Test& earlier : generated_) {
    if (!fails(mutant, earlier)) continue;
    result.fate = Fate::Survived;
    result.test = earlier;
    return;
  }
  Distinction found = distinguisher_.compare(mutant);
  switch (found.verdict) {
    case Verdict::Proved:
      result.fate = Fate::Equivalent;
      return;
    case Verdict::Unknown:
      result.fate = Fate::Undecided;
      result.reason = std::move(found.reason);
      return;
    case Verdict::Violated:
      break;
  }
  Test test = make_test(result.mutation, found.trace);
  if (fails(model_, test) || !fails(mutant, test)) {
    result.fate = Fate::Undecided;
    result.reason = "the test that was found does not tell them apart";
    return;
  }
  result.fate = Fate::Survived;
  result.test = test;
  generated_.push_back(std::move(test));
}

std::optional<MutantResult> MutationRun::next() {
  if (at_ == list_.mutations.size()) return std::nullopt;
  MutantResult result;
  result.mutation = list_.mutations[at_++];
  const CheckedModel other = mutant(model_, result.mutation);
  if (std::optional<std::string> test = failing_test(other)) {
    result.fate = Fate::KilledByTest;
    result.killer = std::move(*test);
  } else if (const std::optional<Notice> notice = verdicts_.noticed(other, result.mutation)) {
    const bool by_property = notice->property.valid();
    result.fate = by_property ? Fate::KilledByProperty : Fate::KilledByCheck;
    result.killer =
        by_property ? other->properties[notice->property].name : print_code(notice->code);
  } else {
    survive(other, result);
  }
  return result;
}

void MutationScore::add(Fate fate) {
  switch (fate) {
    case Fate::KilledByTest:
      ++killed_by_test;
      return;
    case Fate::KilledByProperty:
      ++killed_by_property;
      return;
    case Fate::KilledByCheck:
      ++killed_by_check;
      return;
    case Fate::Equivalent:
      ++equivalent;
      return;
    case Fate::Survived:
      ++survived;
      return;
    case Fate::Undecided:
      ++undecided;
      return;
  }
}

unsigned MutationScore::percent() const {
  const size_t to_kill = all() - equivalent;
  return to_kill == 0 ? 100 : static_cast<unsigned>(killed() * 100 / to_kill);
}

std::string_view print(Fate fate) {
  switch (fate) {
    case Fate::KilledByTest:
    case Fate::KilledByProperty:
    case Fate::KilledByCheck:
      return "killed";
    case Fate::Equivalent:
      return "equivalent";
    case Fate::Survived:
      return "survived";
    case Fate::Undecided:
      return "undecided";
  }
  BH_CHECK(false);
}

}  // namespace bh
