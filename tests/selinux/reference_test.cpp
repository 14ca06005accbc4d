// Random policies: the compiled SELinux policy against the reference evaluator. What the evaluator
// grants, the compiled policy grants; what the compiled policy grants without an approximation, the
// evaluator never refuses.
#include "solver/reference/evaluator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

constexpr uint64_t Policies = 150;
constexpr size_t TraceLength = 400;

// Every rule and protocol may be weakened where that is needed.
CheckedModel approximated(Model model) {
  model.selinux = SelinuxTarget{};
  for (RuleId id : model.rules.ids()) model.selinux->approximations.push_back({id, {}, "test", {}});
  for (ProtocolId id : model.protocols.ids())
    model.selinux->approximations.push_back({{}, id, "test", {}});
  std::optional<CheckedModel> checked = seal(std::move(model), DiagnosticSink());
  BH_CHECK(checked.has_value());
  return std::move(*checked);
}

struct Counts {
  size_t policies = 0;
  size_t indistinct = 0;
  size_t granted = 0;
  size_t refused = 0;
  size_t exact_cells = 0;
  size_t weakened_cells = 0;
};

TeFact fact_of(const Model& model, const SelinuxNames& names, const Request& request) {
  const Endpoint& endpoint = model.endpoint_of(request.operation);
  return {names.type(request.caller), names.type(endpoint.owner),
          names.object_class(endpoint.interface).name, model.method_of(request.operation).name};
}

void compare_traces(const CheckedModel& model, const CilModule& module, const SelinuxFacts& facts,
                    uint64_t seed, Counts& counts) {
  std::map<std::pair<ComponentId, OperationId>, bool> exact;
  for (const Cell& cell : module.plan.cells.front()) {
    exact[{cell.subject, cell.operation}] = cell.exact();
    ++(cell.exact() ? counts.exact_cells : counts.weakened_cells);
  }
  Evaluator evaluator(model);
  for (const TraceStep& step : random_trace(*model, seed, TraceLength)) {
    const Request& request = step.request;
    const Decision decision = evaluator.step(request, step.reply);
    if (decision.granted()) {
      ++counts.granted;
      EXPECT_EQ(facts.grants.count(fact_of(*model, module.plan.names, request)), 1u)
          << seed << ": " << print(*model, request);
    } else if (decision.reason != Reason::OutOfRange) {
      ++counts.refused;
      const auto cell = exact.find({request.caller, request.operation});
      EXPECT_FALSE(cell != exact.end() && cell->second) << seed << ": " << print(*model, request);
    }
  }
}

TEST(Reference, TheCompiledPolicyGrantsWhatItGrants) {
  if (find_program("secilc").empty()) GTEST_SKIP() << "SKIPPED: secilc is not installed";
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  Counts counts;
  for (uint64_t seed = 1; seed <= Policies; ++seed) {
    const CheckedModel model = approximated(random_model(seed));
    DiagnosticSink sink;
    const std::optional<CilModule> module = emit_cil(model, sink);
    if (!module) {  // what cannot be told from a granted operation is approximated, unless it is
                    // denied
      for (const Diagnostic& d : sink.diagnostics()) {
        EXPECT_TRUE(d.severity != Severity::Error || d.code == 6060) << seed << ": " << d.message;
      }
      ++counts.indistinct;
      continue;
    }
    const auto compiled = compile_and_compare(*module, SelinuxBase::Minimal, {},
                                              (folder.path() / "policy").string(), sink);
    ASSERT_TRUE(compiled.has_value() && *compiled) << seed;
    EXPECT_TRUE((*compiled)->equal) << seed;
    compare_traces(model, *module, (*compiled)->read.certain, seed, counts);
    ++counts.policies;
  }
  fmt::print(
      "{} policies ({} more cannot be expressed), {} exact and {} weakened cells, {} granted and "
      "{} refused requests\n",
      counts.policies, counts.indistinct, counts.exact_cells, counts.weakened_cells, counts.granted,
      counts.refused);
  EXPECT_GT(counts.policies, Policies / 2);
  EXPECT_GT(counts.exact_cells, 0u);
  EXPECT_GT(counts.granted, 1000u);
  EXPECT_GT(counts.refused, 1000u);
}

}  // namespace
}  // namespace bh
