#include "solver/queries/obligations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "solver/queries/report.h"
#include "solver/smt/smt2.h"

namespace bh {

// Of an explicit proof; one with more states would take another solver too long.
static constexpr size_t MostStates = 2000;

namespace {

// The conditions of a cell as the rules have them.
struct Written {
  std::vector<ConditionId> allows;
  std::vector<ConditionId> denies;
  auto operator<=>(const Written&) const = default;
};

std::vector<ConditionId> conditions_of(const Model& model, const std::vector<Match>& matches,
                                       const MatrixCell& cell) {
  std::vector<ConditionId> result;
  for (const Match& match : matches) {
    for (const ConditionalOperation& target : model.rules[match.rule].targets) {
      if (target.operation == cell.operation && covers(model, target, cell.subject))
        result.push_back(target.when);
    }
  }
  return result;
}

bool is_conditional(const Written& written) {
  const auto conditional = [](ConditionId id) { return id != Conditions::True; };
  return std::any_of(written.allows.begin(), written.allows.end(), conditional) ||
         std::any_of(written.denies.begin(), written.denies.end(), conditional);
}

}  // namespace

void ObligationCollector::collect_cells() {
  const Model& model = engine_.model;
  smt::FormulaScript script;
  Obligation obligation{"what the rules grant: their conditions", {}, {}};
  std::set<std::pair<SignatureId, Written>> done;
  for (const MatrixCell& cell : engine_.matrix.cells()) {
    Written written{conditions_of(model, cell.allows, cell),
                    conditions_of(model, cell.denies, cell)};
    if (!is_conditional(written) || !done.insert({cell.signature, written}).second) continue;
    std::string what =
        fmt::format("{} -> {}", model.components[cell.subject].name, print(model, cell.operation));
    script.compare(cell.signature.value, engine_.questions.exprs(cell.signature), cell.granted,
                   model.conditions, written.allows, written.denies, what);
    obligation.claims.push_back({std::move(what), false});
  }
  if (obligation.claims.empty()) return;
  obligation.script = script.text();
  obligations_.push_back(std::move(obligation));
}

void ObligationCollector::collect(const std::string& name) {
  add_formulas(name);
  add_states(name);
}

void ObligationCollector::finish(CheckResult& result) {
  result.obligations = std::move(obligations_);
  result.not_exported = std::move(not_exported_);
}

void ObligationCollector::add_formulas(const std::string& name) {
  smt::FormulaScript script;
  Obligation obligation{name + ": what the rules grant", {}, {}};
  for (const auto& [question, kind] : engine_.questions.take_trail()) {
    if (kind == smt::AnswerKind::Unknown) continue;
    std::string what = fmt::format("question {}", obligation.claims.size() + 1);
    script.ask(question.signature.value, engine_.questions.exprs(question.signature),
               question.formula, what);
    obligation.claims.push_back({std::move(what), kind == smt::AnswerKind::Violated});
  }
  if (obligation.claims.empty()) return;
  obligation.script = script.text();
  obligations_.push_back(std::move(obligation));
}

// The pairs that the automata may be in, if that is enough.
static std::optional<Obligation> by_pairs(const StateClaim& claim, uint64_t rlimit) {
  const smt::InvariantProof proof = make_proof(claim.automata, smt::PairInvariant(claim.automata));
  const std::unique_ptr<smt::ClaimSolver> solver = smt::make_z3_claim_solver(rlimit);
  if (prove(proof, *solver) != smt::AnswerKind::Holds) return std::nullopt;
  std::vector<smt::Unsatisfiable> goals;
  for (const smt::StateSet& set : claim.sets) {
    goals.push_back(keeps_out_of(claim.automata, set));
    goals.back().name = fmt::format("set {} is never reached", goals.size());
    if (solver->prove(goals.back()) != smt::AnswerKind::Holds) return std::nullopt;
  }
  Obligation obligation{{}, print_smt2(proof, goals), {{proof.initial.name, false}}};
  for (const smt::Unsatisfiable& move : proof.moves)
    obligation.claims.push_back({move.name, false});
  for (const smt::Unsatisfiable& goal : goals) obligation.claims.push_back({goal.name, false});
  return obligation;
}

static std::optional<Obligation> by_listing(const StateClaim& claim) {
  const auto proof = smt::prove_explicitly(claim.automata, claim.sets, MostStates);
  if (!proof) return std::nullopt;
  Obligation obligation{{}, proof->script, {}};
  for (const std::string& what : proof->claims) obligation.claims.push_back({what, false});
  return obligation;
}

void ObligationCollector::add_states(const std::string& name) {
  for (const StateClaim& claim : engine_.take_state_claims()) {
    const std::string title = fmt::format("{}: what the protocols on {} never let happen", name,
                                          print_endpoint(engine_.model, claim.endpoint));
    std::optional<Obligation> obligation;
    if (!claim.automata.automata.empty()) {
      obligation = by_pairs(claim, engine_.options.rlimit);
      if (!obligation) obligation = by_listing(claim);
    }
    if (obligation) {
      obligation->name = title;
      obligations_.push_back(std::move(*obligation));
    } else {
      not_exported_.push_back(title);
    }
  }
}

// ---- flows
// --------------------------------------------------------------------------------------

static std::string implication(ComponentId from, ComponentId to) {
  return fmt::format("(assert (=> c{} c{}))\n", from.value, to.value);
}

static std::string print_flow(const Model& model, const FlowGraph& flows, const NeverFlow& flow) {
  std::string text;
  for (ComponentId from : model.components.ids()) {
    for (const FlowLink& link : flows[from.value]) {
      const bool open =
          std::any_of(link.edges.begin(), link.edges.end(),
                      [&](const FlowEdge& edge) { return !cut_by(model, flow, edge).valid(); });
      if (open) text += implication(from, link.to);
    }
  }
  for (ComponentId from : flow.from) text += fmt::format("(assert c{})\n", from.value);
  for (ComponentId to : flow.to) text += fmt::format("(assert (not c{}))\n", to.value);
  return text;
}

// A component is true if data may have come to it. Where the flow never happens there is such a
// set of components: what is in it stays in it, and no target is.
void ObligationCollector::collect_flows(const FlowGraph& flows,
                                        const std::vector<PropertyVerdict>& verdicts) {
  const Model& model = engine_.model;
  for (const PropertyVerdict& verdict : verdicts) {
    const Property& property = model.properties[verdict.property];
    const auto* flow = std::get_if<NeverFlow>(&property.body);
    if (flow == nullptr || verdict.verdict == Verdict::Unknown) continue;
    Obligation obligation{property.name + ": where data comes to", {}, {}};
    obligation.script = "(set-logic QF_UF)\n";
    for (ComponentId id : model.components.ids()) {
      obligation.script +=
          fmt::format("(declare-const c{} Bool) ; {}\n", id.value, model.components[id].name);
    }
    obligation.script += print_flow(model, flows, *flow) + "(check-sat)\n";
    const bool proved = verdict.verdict == Verdict::Proved;
    obligation.claims.push_back({proved ? "some set of components keeps the data in"
                                        : "no set of components keeps the data in",
                                 proved});
    obligations_.push_back(std::move(obligation));
  }
}

}  // namespace bh
