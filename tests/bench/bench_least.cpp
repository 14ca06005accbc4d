// bench_least [COMPONENTS RULES]    least privilege of a generated policy, by default of 1,000
//                                   components and 20,000 rules, nine tenths of whose cells
//                                   something needs; prints one JSON object
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "lang/compile.h"
#include "solver/queries/least_edit.h"
#include "solver/queries/least_privilege.h"
#include "tests/bench/large_policy.h"
#include "tests/bench/timing.h"

using namespace bh;

namespace {

// A log of every cell but each tenth, with the least arguments that are granted.
std::vector<Evidence> make_log(const CheckedModel& model) {
  const CheckOptions options;
  Engine engine(model, options);
  std::vector<Evidence> log;
  size_t number = 0;
  for (const MatrixCell& cell : engine.matrix.cells()) {
    if (++number % 10 == 0) continue;
    const smt::Answer& least = engine.questions.least(cell.signature, cell.granted);
    if (least.kind != smt::AnswerKind::Violated) continue;
    Evidence evidence;
    evidence.kind = EvidenceKind::Log;
    evidence.subject = cell.subject;
    evidence.operation = cell.operation;
    for (const uint64_t word : least.words) evidence.words.emplace_back(IntervalSet::single(word));
    log.push_back(std::move(evidence));
  }
  return log;
}

}  // namespace

int main(int argc, char** argv) {
  LargePolicy size;
  if (argc == 3) {
    size.components = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
    size.rules = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  }
  SourceMap sources;
  DiagnosticSink sink;
  const std::optional<CheckedModel> model =
      compile(sources, {sources.add("large.bh", print_large_policy(size))}, sink);
  if (!model) return 1;
  const std::vector<Evidence> log = make_log(*model);
  const double start = processor_milliseconds();
  LeastPrivilege least({&*model}, log, {}, {});
  const double found = processor_milliseconds();
  const std::vector<bool> none((*model)->rules.size());
  const std::vector<RuleEdit> edits = smallest_edit(least, {none, none});
  const double edited = processor_milliseconds();
  size_t removed = 0;
  size_t minimal = 0;
  for (const RuleEdit& edit : edits) {
    removed += edit.statements.empty() ? 1 : 0;
    minimal += edit.minimal ? 1 : 0;
  }
  fmt::print(
      "{{\"bench\": \"least\", \"components\": {}, \"rules\": {}, \"cells\": {}, \"excess_cells\": "
      "{}, "
      "\"excess_cpu_ms\": {:.0f}, \"microseconds_a_cell\": {:.1f}, \"edit_cpu_ms\": {:.0f}, "
      "\"edits\": {}, \"rules_removed\": {}, \"proven_minimal\": {}}}\n",
      size.components, (*model)->rules.size(), least.cells(), least.excess().size(), found - start,
      1000 * (found - start) / static_cast<double>(least.cells()), edited - found, edits.size(),
      removed, minimal);
}
