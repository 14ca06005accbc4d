// Explanations of random requests against the reference evaluator.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "solver/queries/explain.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

constexpr GenerateOptions Untimed{true, false, true};

CheckedModel sealed(Model model) {
  std::optional<CheckedModel> checked = seal(std::move(model), DiagnosticSink());
  BH_CHECK(checked.has_value());
  return *checked;
}

bool rules_grant(const CheckedModel& model, const Request& request) {
  const Reason reason = Evaluator(model).decide(request).reason;
  return reason == Reason::Allowed || reason == Reason::Protocol;
}

// Requests in range, close to what the policy grants.
std::vector<Request> requests_of(const CheckedModel& model, uint64_t seed, size_t count) {
  std::vector<Request> result;
  const Evaluator evaluator(model);
  for (const TraceStep& step : random_trace(*model, seed, count)) {
    if (evaluator.in_range(step.request)) result.push_back(step.request);
  }
  return result;
}

// Whether some state that can be reached grants the request, by trying everything; nothing when
// there are too many states.
std::optional<bool> granted_somewhere(const CheckedModel& model, Engine& engine,
                                      const Request& request) {
  constexpr size_t StateLimit = 400;
  std::vector<TraceStep> moves;
  for (const MatrixCell& cell : engine.matrix.cells()) {
    const smt::Answer& least = engine.questions.least(cell.signature, cell.granted);
    if (least.kind != smt::AnswerKind::Violated) continue;
    moves.push_back({{cell.subject, cell.operation, least.words}, ReplyStatus::Ok});
    if (model->method_of(cell.operation).kind == MethodKind::Call)
      moves.push_back({{cell.subject, cell.operation, least.words}, ReplyStatus::Error});
  }
  std::vector<Evaluator> open = {Evaluator(model)};
  std::set<std::vector<uint32_t>> seen = {open[0].snapshot()};
  while (!open.empty()) {
    const Evaluator at = open.back();
    open.pop_back();
    if (at.decide(request).granted()) return true;
    for (const TraceStep& move : moves) {
      Evaluator next = at;
      if (next.step(move).granted() && seen.insert(next.snapshot()).second)
        open.push_back(std::move(next));
    }
    if (seen.size() > StateLimit) return std::nullopt;
  }
  return false;
}

TEST(Explain, SaysWhatTheEvaluatorDecides) {
  size_t judged = 0;
  size_t later = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    const CheckedModel model = sealed(random_model(seed, Untimed));
    const CheckOptions options;
    Engine engine(model, options);
    std::vector<Request> requests = requests_of(model, seed + 1, 12);
    for (const MatrixCell& cell : engine.matrix.cells()) {
      const smt::Answer& least = engine.questions.least(cell.signature, cell.granted);
      if (least.kind == smt::AnswerKind::Violated)
        requests.push_back({cell.subject, cell.operation, least.words});
    }
    for (const Request& request : requests) {
      const RequestExplanation said = explain_request(engine, request, {}, 0);
      ASSERT_FALSE(said.internal_error) << "seed " << seed;
      const Evaluator evaluator(model);
      EXPECT_EQ(said.decision, evaluator.decide(request));
      const bool permitted = std::all_of(said.protocols.begin(), said.protocols.end(),
                                         [](const ProtocolView& view) { return view.permits; });
      EXPECT_EQ(said.decision.granted(), permitted && !said.allows.empty() && said.denies.empty());
      EXPECT_TRUE(said.nearest.empty() || said.allows.empty());
      const auto somewhere = granted_somewhere(model, engine, request);
      if (!somewhere || said.anywhere.can == Can::Unknown) continue;
      ++judged;
      EXPECT_EQ(said.anywhere.can == Can::Yes, *somewhere) << "seed " << seed;
      if (said.anywhere.can != Can::Yes) continue;
      later += said.anywhere.trace.size() > 1 ? 1 : 0;
      EXPECT_EQ(said.anywhere.trace.back().request, request);
    }
  }
  std::cout << judged << " judged, " << later << " granted later\n";
  EXPECT_GT(judged, 1000U);
  EXPECT_GT(later, 20U);
}

TEST(Explain, ChoosesArgumentsThatAreGrantedIfAnyAre) {
  size_t chosen = 0;
  for (uint64_t seed = 0; seed < 250; ++seed) {
    const CheckedModel model = sealed(random_model(seed, Untimed));
    const CheckOptions options;
    Engine engine(model, options);
    for (Request request : requests_of(model, seed + 1, 12)) {
      std::vector<std::optional<uint64_t>> given(request.words.begin(), request.words.end());
      const bool granted = rules_grant(model, request);
      for (size_t i = 0; i < given.size(); i += 2) given[i].reset();
      const Request asked = request;
      request.words = choose_words(engine, request.caller, request.operation, given);
      for (size_t i = 1; i < given.size(); i += 2) EXPECT_EQ(request.words[i], asked.words[i]);
      EXPECT_TRUE(Evaluator(model).in_range(request));
      EXPECT_TRUE(!granted || rules_grant(model, request)) << "seed " << seed;
      chosen += rules_grant(model, request) && !granted ? 1 : 0;
    }
  }
  EXPECT_GT(chosen, 50U);
}

// The widened policy grants the request, and its rules grant nothing else that they did not.
TEST(Widening, GrantsTheRequestAndNothingElse) {
  size_t widened_rules = 0;
  size_t widened_protocols = 0;
  for (uint64_t seed = 0; seed < 250; ++seed) {
    const CheckedModel model = sealed(random_model(seed, Untimed));
    const CheckOptions options;
    Engine engine(model, options);
    for (const Request& request : requests_of(model, seed + 1, 6)) {
      const RequestExplanation said = explain_request(engine, request, {}, 0);
      if (said.decision.granted()) continue;
      const WidenedPolicy widened = widen(model, said, options);
      EXPECT_FALSE(widened.edits.empty());
      const bool by_rules = said.allows.empty() || !said.denies.empty();
      (by_rules ? widened_rules : widened_protocols) += 1;
      EXPECT_TRUE(rules_grant(widened.model, request)) << "seed " << seed;
      Engine after(widened.model, options);
      const Reachability way = reach_request(after, request);
      EXPECT_NE(way.can, Can::No) << "seed " << seed;
      if (!by_rules) {
        EXPECT_TRUE(Evaluator(widened.model).decide(request).granted()) << "seed " << seed;
      }
      for (const Request& other : requests_of(model, seed + 2, 40)) {
        if (other == request) continue;
        EXPECT_EQ(rules_grant(widened.model, other), rules_grant(model, other)) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(widened_rules, 200U);
  EXPECT_GT(widened_protocols, 20U);
}

}  // namespace
}  // namespace bh
