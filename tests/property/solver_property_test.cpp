// The solver against the reference evaluator, on random policies.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "solver/check.h"
#include "solver/queries/engine.h"
#include "solver/queries/equivalence.h"
#include "solver/queries/properties.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

CheckedModel sealed(Model model) {
  std::optional<CheckedModel> checked = seal(std::move(model), DiagnosticSink());
  BH_CHECK(checked.has_value());
  return *checked;
}

bool rules_grant(Reason reason) { return reason == Reason::Allowed || reason == Reason::Protocol; }

// A policy with everything, whose timeouts are so short that trying every millisecond is possible.
CheckedModel timed_model(uint64_t seed) {
  Model model = random_model(seed, GenerateAll);
  for (Protocol& protocol : model.protocols) {
    for (State& state : protocol.states) {
      if (state.timeout) state.timeout->milliseconds = 1 + state.timeout->milliseconds % 3;
    }
  }
  return sealed(std::move(model));
}

// ---- rules
// -----------------------------------------------------------------------------------------------

RC_GTEST_PROP(Formulas, MeanWhatTheEvaluatorDecides, (uint64_t seed)) {
  const CheckedModel model = timed_model(seed);
  Questions questions(1'000'000);
  const Matrix matrix(*model, questions);
  const Evaluator evaluator(model);
  for (const TraceStep& step : random_trace(*model, seed + 1, 100)) {
    const Decision decision = evaluator.decide(step.request);
    if (decision.reason == Reason::OutOfRange) continue;
    const MatrixCell* cell = matrix.find(step.request.caller, step.request.operation);
    const bool granted =
        cell && questions.exprs(cell->signature).evaluate(cell->granted, step.request.words);
    RC_ASSERT(granted == rules_grant(decision.reason));
  }
}

RC_GTEST_PROP(Effective, MeansWhatTheEvaluatorDecides, (uint64_t seed)) {
  const CheckedModel model = sealed(random_model(seed));
  const Evaluator evaluator(model);
  Conditions conditions;
  for (const TraceStep& step : random_trace(*model, seed + 1, 100)) {
    const Request& r = step.request;
    const ConditionId granted = effective(*model, conditions, r.caller, r.operation);
    RC_ASSERT(holds(conditions, granted, r.words) == rules_grant(evaluator.decide(r).reason));
  }
}

RC_GTEST_PROP(Deny, NeverGrantsMore, (uint64_t seed)) {
  Model model = random_model(seed);
  RC_PRE(!model.rules.empty());
  const CheckedModel before = sealed(model);
  Random random(seed + 2);
  Rule deny = model.rules[RuleId(static_cast<uint32_t>(random.below(model.rules.size())))];
  deny.kind = RuleKind::Deny;
  deny.name = "further";
  model.rules.add(std::move(deny));
  const CheckedModel after = sealed(std::move(model));
  Evaluator state(before);
  for (const TraceStep& step : random_trace(*before, seed + 3, 100)) {
    RC_ASSERT(!Evaluator(after).decide(step.request).granted() ||
              Evaluator(before).decide(step.request).granted());
    Conditions conditions;
    const ConditionId now =
        effective(*after, conditions, step.request.caller, step.request.operation);
    RC_ASSERT(!holds(conditions, now, step.request.words) ||
              rules_grant(state.decide(step.request).reason));
  }
}

// ---- protocols
// -------------------------------------------------------------------------------------------

// What can be granted at all, found by trying every request in every state with the evaluator
// alone.
class BruteForce {
 public:
  static constexpr size_t StateLimit = 1200;
  enum class Outcome3 : uint8_t { Found, Impossible, GaveUp };
  struct Result {
    Outcome3 outcome = Outcome3::Impossible;
    size_t steps = 0;
  };

  BruteForce(const CheckedModel& model, Engine& engine) : model_(model) {
    for (const MatrixCell& cell : engine.matrix.cells()) {
      const smt::Answer& least = engine.questions.least(cell.signature, cell.granted);
      if (least.kind != smt::AnswerKind::Violated) continue;
      const Request request{cell.subject, cell.operation, least.words};
      moves_.push_back({request, ReplyStatus::Ok});
      const bool call = model->method_of(cell.operation).kind == MethodKind::Call;
      if (call) moves_.push_back({request, ReplyStatus::Error});
    }
    for (const Protocol& protocol : model->protocols) {
      for (const State& state : protocol.states) timed_ = timed_ || state.timeout.has_value();
    }
  }

  // The subject is granted the operations in this order.
  Result in_order(ComponentId subject, const std::vector<OperationId>& wishes) const {
    return search([&](uint32_t& phase, const TraceStep& step) {
      if (step.request.caller == subject && step.request.operation == wishes[phase]) ++phase;
      return phase == wishes.size();
    });
  }

  // The subject is granted `wish` while its requests for `first` had no such outcome yet. Phase 1:
  // they had.
  Result without(ComponentId subject, OperationId wish, OperationId first, Outcome outcome) const {
    return search([&](uint32_t& phase, const TraceStep& step) {
      if (step.request.caller != subject) return false;
      if (step.request.operation == wish && phase == 0) return true;
      const bool happened = outcome == Outcome::Granted ||
                            (outcome == Outcome::Ok) == (step.reply == ReplyStatus::Ok);
      if (step.request.operation == first && happened) phase = 1;
      return false;
    });
  }

  // The caller sees all these states at the same time.
  Result sees(ComponentId caller, const std::vector<Wanted>& wanted) const {
    return search([](uint32_t&, const TraceStep&) { return false; },
                  [&](const Evaluator& evaluator) {
                    return std::all_of(wanted.begin(), wanted.end(), [&](const Wanted& part) {
                      const uint32_t state = evaluator.state(part.protocol, caller);
                      return std::count(part.states.begin(), part.states.end(), state) > 0;
                    });
                  });
  }

 private:
  // `done(phase, step)` is told each granted step, may change the phase, and says whether that was
  // the goal. `there(evaluator)` says whether a state is. Waiting counts for no step.
  template <class Done>
  Result search(Done done) const {
    return search(done, [](const Evaluator&) { return false; });
  }
  template <class Done, class There>
  Result search(Done done, There there) const {
    struct Node {
      Evaluator evaluator;
      uint32_t phase;
      size_t steps;
    };
    std::vector<Node> nodes;
    nodes.reserve(StateLimit + moves_.size());
    nodes.push_back({Evaluator(model_), 0, 0});
    std::set<std::pair<std::vector<uint32_t>, uint32_t>> seen = {
        {nodes[0].evaluator.snapshot(), 0}};
    const auto add = [&](Node next) {
      if (seen.emplace(next.evaluator.snapshot(), next.phase).second)
        nodes.push_back(std::move(next));
    };
    size_t waited = 0;  // of the nodes with equally many steps, those that are followed by a wait
    for (size_t at = 0; at < nodes.size(); ++at) {
      for (; timed_ && waited < nodes.size() && nodes[waited].steps == nodes[at].steps; ++waited) {
        if (nodes.size() > StateLimit) return {Outcome3::GaveUp, 0};
        Node later = nodes[waited];
        later.evaluator.wait_ms(1);
        add(std::move(later));
      }
      if (nodes.size() > StateLimit) return {Outcome3::GaveUp, 0};
      if (there(nodes[at].evaluator)) return {Outcome3::Found, nodes[at].steps};
      for (const TraceStep& move : moves_) {
        if (!nodes[at].evaluator.decide(move.request).granted()) continue;
        Node next = nodes[at];
        next.evaluator.step(move.request, move.reply);
        ++next.steps;
        if (done(next.phase, move)) return {Outcome3::Found, next.steps};
        add(std::move(next));
      }
    }
    return {Outcome3::Impossible, 0};
  }

  const CheckedModel& model_;
  std::vector<TraceStep> moves_;
  bool timed_ = false;
};

// How questions were answered, and which of the answers trying everything could not judge.
struct Answered {
  size_t unjudged = 0;
  size_t yes = 0;
  size_t no = 0;
  size_t open = 0;
};

// With several clocks the solver may leave a question open, but not answer it wrongly.
void agree(Engine& engine, const Reachability& reach, const BruteForce::Result& expected,
           Answered* with_clocks = nullptr) {
  if (with_clocks != nullptr) {
    ++(reach.can == Can::Yes ? with_clocks->yes
                             : (reach.can == Can::No ? with_clocks->no : with_clocks->open));
  }
  if (expected.outcome == BruteForce::Outcome3::GaveUp) {
    if (with_clocks != nullptr) ++with_clocks->unjudged;
    return;
  }
  if (with_clocks != nullptr && reach.can == Can::Unknown) return;
  RC_ASSERT(reach.can != Can::Unknown);
  RC_ASSERT((reach.can == Can::Yes) == (expected.outcome == BruteForce::Outcome3::Found));
  if (reach.can != Can::Yes) return;
  RC_ASSERT(reach.trace.size() == expected.steps);
  RC_ASSERT(engine.replays(reach.trace));
}

// The cells at endpoints with protocols: elsewhere there is nothing to search.
std::vector<const MatrixCell*> guarded_cells(const Engine& engine) {
  std::vector<const MatrixCell*> cells;
  for (const MatrixCell& cell : engine.matrix.cells()) {
    if (!engine.protocols[engine.model.operations[cell.operation].endpoint.value].empty())
      cells.push_back(&cell);
  }
  return cells;
}

void compare_reach(const CheckedModel& model, uint64_t seed, Answered* with_clocks = nullptr) {
  const CheckOptions options;
  Engine engine(model, options);
  const std::vector<const MatrixCell*> cells = guarded_cells(engine);
  if (cells.empty()) return;
  const BruteForce brute(model, engine);
  Random random(seed + 4);
  for (int i = 0; i < 4; ++i) {
    const MatrixCell& start = *random.pick(cells);
    std::vector<OperationId> operations;
    std::vector<Wish> wishes;
    for (uint64_t n = 1 + random.below(5); n > 0; --n) {
      const MatrixCell& next = *random.pick(cells);
      const bool usable = next.subject == start.subject && !random.one_in(3);
      operations.push_back(usable ? next.operation : start.operation);
      wishes.push_back({operations.back(), smt::Exprs::True});
    }
    agree(engine, engine.reach(start.subject, wishes), brute.in_order(start.subject, operations),
          with_clocks);
    const OperationId first = random.pick(cells)->operation;
    for (Outcome outcome : {Outcome::Granted, Outcome::Ok, Outcome::Error}) {
      agree(engine, engine.reach(start.subject, {wishes[0]}, Forbidden{first, outcome}),
            brute.without(start.subject, operations[0], first, outcome), with_clocks);
    }
  }
}

RC_GTEST_PROP(Reach, IsWhatTryingEverythingFinds, (uint64_t seed)) {
  for (uint64_t i = 0; i < 4; ++i) compare_reach(sealed(random_model(seed * 4 + i)), seed * 4 + i);
}

RC_GTEST_PROP(Reach, IsWhatTryingEverythingFindsWithHolders, (uint64_t seed)) {
  GenerateOptions options = GenerateAll;
  options.timeouts = false;
  for (uint64_t i = 0; i < 4; ++i) {
    compare_reach(sealed(random_model(seed * 4 + i, options)), seed * 4 + i);
  }
}

TEST(Reach, IsWhatTryingEverythingFindsWithTimeouts) {
  Answered answered;
  EXPECT_TRUE(rc::check([&](uint64_t seed) {
    for (uint64_t i = 0; i < 2; ++i) compare_reach(timed_model(seed * 2 + i), seed, &answered);
  }));
  std::cout << answered.yes << " possible, " << answered.no << " impossible, " << answered.open
            << " open, " << answered.unjudged << " too large to judge\n";
  EXPECT_LE(answered.open * 20, answered.yes + answered.no);
  EXPECT_LE(answered.unjudged * 2, answered.yes + answered.no);
}

// Protocols in such states at the same time.
void compare_states(const CheckedModel& model, uint64_t seed, Answered& answered) {
  if (model->protocols.size() == 0) return;
  const CheckOptions options;
  Engine engine(model, options);
  const BruteForce brute(model, engine);
  Random random(seed + 5);
  for (int i = 0; i < 4; ++i) {
    std::vector<Wanted> wanted;
    for (ProtocolId id : model->protocols.ids()) {
      if (random.one_in(3)) continue;
      wanted.push_back({id, {}});
      for (uint32_t state = 0; state < model->protocols[id].states.size(); ++state) {
        if (random.one_in(2)) wanted.back().states.push_back(state);
      }
    }
    const ComponentId caller(static_cast<uint32_t>(random.below(model->components.size())));
    agree(engine, engine.reach(caller, wanted), brute.sees(caller, wanted), &answered);
  }
}

TEST(ReachStates, IsWhatTryingEverythingFinds) {
  Answered answered;
  EXPECT_TRUE(rc::check([&](uint64_t seed) {
    for (uint64_t i = 0; i < 2; ++i) {
      compare_states(sealed(random_model(seed * 2 + i)), seed, answered);
      compare_states(timed_model(seed * 2 + i), seed, answered);
    }
  }));
  std::cout << answered.yes << " possible, " << answered.no << " impossible, " << answered.open
            << " open, " << answered.unjudged << " too large to judge\n";
  EXPECT_LE(answered.open * 20, answered.yes + answered.no);
  EXPECT_LE(answered.unjudged * 2, answered.yes + answered.no);
}

void compare_grants(const CheckedModel& model) {
  const CheckOptions options;
  Engine engine(model, options);
  const BruteForce brute(model, engine);
  for (const MatrixCell& cell : engine.matrix.cells()) {
    const auto expected = brute.in_order(cell.subject, {cell.operation});
    if (expected.outcome == BruteForce::Outcome3::GaveUp) continue;
    const Can can = engine.can_be_granted(cell);
    RC_ASSERT(can != Can::Yes || expected.outcome == BruteForce::Outcome3::Found);
    RC_ASSERT(can != Can::No || expected.outcome == BruteForce::Outcome3::Impossible);
  }
}

RC_GTEST_PROP(CanBeGranted, IsWhatTryingEverythingFinds, (uint64_t seed)) {
  compare_grants(sealed(random_model(seed)));
  compare_grants(timed_model(seed));
}

// ---- whole checks
// ----------------------------------------------------------------------------------------

template <class Id, class T>
Id pick_id(Random& random, const Store<Id, T>& store) {
  return Id(static_cast<uint32_t>(random.below(store.size())));
}

void add_random_properties(Model& model, uint64_t seed) {
  Random random(seed);
  const auto operation = [&] { return pick_id(random, model.operations); };
  const auto component = [&] { return pick_id(random, model.components); };
  for (int i = 0; i < 3; ++i) {
    model.properties.add(
        {"never", NeverRequest{{component()}, {{operation(), Conditions::True}}}, {}});
    model.properties.add({"before", NeverBefore{{operation()}, operation(), Outcome::Ok}, {}});
    model.properties.add(
        {"require",
         Require{component(), {{operation(), Conditions::True}, {operation(), Conditions::True}}},
         {}});
    model.properties.add({"holds", Holds{{component()}, {operation(), operation()}}, {}});
    model.properties.add({"separate", Separate{{{"a", {operation()}}, {"b", {operation()}}}}, {}});
    model.properties.add({"flow", NeverFlow{{component()}, {component()}, {}, "a", "b"}, {}});
  }
}

// Codes with how often they were reported; of shadowed rules only that there are some, because
// which and how many of several that shadow each other are reported depends on their order.
std::map<uint16_t, size_t> summary(const DiagnosticSink& sink) {
  std::map<uint16_t, size_t> codes;
  for (const Diagnostic& d : sink.diagnostics()) ++codes[d.code];
  if (codes.contains(3002)) codes[3002] = 1;
  return codes;
}

RC_GTEST_PROP(Check, OrderOfRulesNeverMatters, (uint64_t seed)) {
  Model model = random_model(seed);
  RC_PRE(!model.operations.empty());
  add_random_properties(model, seed + 5);
  Model shuffled = model;
  std::vector<Rule> rules(model.rules.begin(), model.rules.end());
  Random random(seed + 6);
  for (size_t i = rules.size(); i > 1; --i) std::swap(rules[i - 1], rules[random.below(i)]);
  shuffled.rules = {};
  for (Rule& rule : rules) shuffled.rules.add(std::move(rule));

  DiagnosticSink first_sink;
  DiagnosticSink second_sink;
  const CheckResult first = check_policy(sealed(std::move(model)), {}, first_sink);
  const CheckResult second = check_policy(sealed(std::move(shuffled)), {}, second_sink);
  RC_ASSERT(!first.internal_error);
  RC_ASSERT(!second.internal_error);
  RC_ASSERT(first.properties.size() == second.properties.size());
  for (size_t i = 0; i < first.properties.size(); ++i) {
    RC_ASSERT(first.properties[i].verdict == second.properties[i].verdict);
    RC_ASSERT(first.properties[i].vacuous == second.properties[i].vacuous);
    RC_ASSERT(first.properties[i].trace.size() == second.properties[i].trace.size());
  }
  RC_ASSERT(summary(first_sink) == summary(second_sink));
}

RC_GTEST_PROP(Check, SaysTheSameTwice, (uint64_t seed)) {
  Model model = random_model(seed);
  RC_PRE(!model.operations.empty());
  add_random_properties(model, seed + 5);
  const CheckedModel checked = sealed(std::move(model));
  std::vector<std::string> said[2];
  for (std::vector<std::string>& messages : said) {
    DiagnosticSink sink;
    check_policy(checked, {}, sink);
    for (const Diagnostic& d : sink.diagnostics()) {
      messages.push_back(d.message);
      messages.insert(messages.end(), d.notes.begin(), d.notes.end());
    }
  }
  RC_ASSERT(said[0] == said[1]);
}

// A rule that is reported as without effect can be taken out, and every request is decided as
// before.
RC_GTEST_PROP(Check, RulesWithoutEffectHaveNone, (uint64_t seed)) {
  Model model = random_model(seed);
  model.protocols = {};
  DiagnosticSink sink;
  for (RuleId id : model.rules.ids()) model.rules[id].span = {FileId(0), id.value, id.value + 1};
  const CheckedModel before = sealed(model);
  check_policy(before, {}, sink);
  std::set<uint32_t> idle;
  for (const Diagnostic& d : sink.diagnostics()) idle.insert(d.span.begin);
  Model without = model;
  without.rules = {};
  for (RuleId id : model.rules.ids()) {
    if (!idle.contains(id.value)) without.rules.add(model.rules[id]);
  }
  const CheckedModel after = sealed(std::move(without));
  for (const TraceStep& step : random_trace(*before, seed + 7, 100)) {
    RC_ASSERT(Evaluator(before).decide(step.request).granted() ==
              Evaluator(after).decide(step.request).granted());
  }
}

// ---- equivalence with a table
// -----------------------------------------------------------------------------

std::vector<ForeignCell> all_cells(const CheckedModel& model, Conditions& foreign) {
  std::vector<ForeignCell> cells;
  for (ComponentId subject : model->components.ids()) {
    for (OperationId operation : model->operations.ids()) {
      const ConditionId granted = effective(*model, foreign, subject, operation);
      if (granted != Conditions::False) cells.push_back({subject, operation, granted});
    }
  }
  return cells;
}

RC_GTEST_PROP(Equivalence, OfThePolicyWithItselfIsProved, (uint64_t seed)) {
  const CheckedModel model = sealed(random_model(seed));
  Conditions foreign;
  const Equivalence result = prove_equal(model, foreign, all_cells(model, foreign), {});
  RC_ASSERT(result.verdict == Verdict::Proved);
  RC_ASSERT(result.cells == model->components.size() * model->operations.size());
}

RC_GTEST_PROP(Equivalence, FindsEveryRealDifference, (uint64_t seed)) {
  const CheckedModel model = sealed(random_model(seed));
  Conditions foreign;
  std::vector<ForeignCell> cells = all_cells(model, foreign);
  RC_PRE(!cells.empty());
  Random random(seed + 8);
  ForeignCell& changed = cells[random.below(cells.size())];
  const size_t words = model->method_of(changed.operation).parameters.size();
  const ConditionId atom = foreign.in(static_cast<uint32_t>(random.below(words + 1)),
                                      IntervalSet::range(0, random.below(300)));
  changed.granted = random.one_in(2) ? foreign.all_of({changed.granted, atom})
                                     : foreign.any_of({changed.granted, atom});
  const Equivalence result = prove_equal(model, foreign, cells, {});
  RC_ASSERT(result.verdict != Verdict::Unknown);
  const Evaluator evaluator(model);
  const auto theirs = [&](const Request& r) { return holds(foreign, changed.granted, r.words); };
  if (result.verdict == Verdict::Violated) {
    const Request& r = result.difference->request;
    RC_ASSERT(rules_grant(evaluator.decide(r).reason) == result.difference->model_grants);
    RC_ASSERT(theirs(r) != result.difference->model_grants);
    return;
  }
  for (TraceStep step : random_trace(*model, seed + 9, 200)) {
    if (step.request.operation != changed.operation) continue;
    step.request.caller = changed.subject;
    RC_ASSERT(rules_grant(evaluator.decide(step.request).reason) == theirs(step.request));
  }
}

TEST(Equivalence, ArgumentsOutOfRangeMustBeRefusedToo) {
  Model model;
  const TypeId slot =
      model.types.add({"Slot", TypeKind::Integer, IntervalSet::range(0, 15), {}, {}});
  const InterfaceId interface = model.interfaces.add({"I", {}, {}});
  const MethodId method = model.methods.add(
      {interface, "m", MethodKind::Call, {{"slot", slot, Privacy::Plain, {}}}, {}, {}});
  const ComponentId owner = model.components.add({"Owner", ComponentKind::Component, {}, {}, {}});
  const EndpointId endpoint =
      model.endpoints.add({owner, "e", interface, EndpointRole::Provides, {}, {}});
  const OperationId operation = model.operations.add({endpoint, method});
  model.endpoints[endpoint].operations = {operation};
  model.rules.add({RuleKind::Allow, "a", {owner}, {{operation, Conditions::True}}, "", {}, {}});
  const CheckedModel checked = sealed(std::move(model));
  Conditions foreign;
  const Equivalence result =
      prove_equal(checked, foreign, {{owner, operation, Conditions::True}}, {});
  ASSERT_EQ(result.verdict, Verdict::Violated);
  EXPECT_EQ(result.difference->request.words, std::vector<uint64_t>{16});
  EXPECT_FALSE(result.difference->model_grants);
}

// ---- a witness that does not replay
// ------------------------------------------------------------------------

TEST(Confirm, AWitnessThatTheEvaluatorRefusesIsAnInternalError) {
  Model model = random_model(1);
  model.rules = {};
  const PropertyId id = model.properties.add({"never", NeverRequest{}, {}});
  const CheckedModel checked = sealed(std::move(model));
  const CheckOptions options;
  Engine engine(checked, options);
  CheckResult result;
  DiagnosticSink sink;
  PropertyContext context{engine, {}, result, sink};
  const Trace refused = {{{ComponentId(0), OperationId(0), {}}, ReplyStatus::Ok}};
  EXPECT_FALSE(confirm(context, checked->properties[id], refused));
  EXPECT_TRUE(result.internal_error);
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sink.diagnostics()[0].code, diag::WitnessDoesNotReplay.number);
}

}  // namespace
}  // namespace bh
