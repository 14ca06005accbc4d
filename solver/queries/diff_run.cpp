#include "solver/queries/diff_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/sha256.h"
#include "solver/reference/print.h"

namespace bh {

// ---- what is looked at --------------------------------------------------------------------------

DiffRun::DiffRun(const CheckedModel& before, const CheckedModel& after,
                 const DiffOptions& diff_options, const Alignment::Refused& refused)
    : options(diff_options),
      alignment(*before, *after, refused),
      rules(match_rules(alignment)),
      touched(touched_cells(alignment, rules)),
      before_(before),
      after_(after),
      questions_(diff_options.check.rlimit),
      signatures_(alignment.operations.size()) {
  for (const DiffSide side : BothSides) {
    cells_[static_cast<size_t>(side)] =
        CellSet(model(side).endpoints.size(), model(side).components.size());
  }
  compare_protocols();
}

void DiffRun::compare_protocols() {
  std::vector<bool> any(alignment.endpoints.size(), false);
  for (const DiffSide side : BothSides) {
    for (const Protocol& protocol : model(side).protocols) {
      any[alignment.endpoints.joint(side, protocol.endpoint)] = true;
    }
  }
  for (uint32_t endpoint = 0; endpoint < alignment.endpoints.size(); ++endpoint) {
    const bool both = alignment.endpoints.on_both(endpoint);
    protocols_differ.push_back(any[endpoint] && both &&
                               !same_protocols(alignment, alignment.endpoints.before[endpoint],
                                               alignment.endpoints.after[endpoint]));
  }
}

void DiffRun::want(uint32_t endpoint, uint32_t subject) {
  for (const DiffSide side : BothSides) {
    const EndpointId e = alignment.endpoints.at(side, endpoint);
    const ComponentId s = alignment.components.at(side, subject);
    if (e.valid() && s.valid()) cells_[static_cast<size_t>(side)].add(e, s);
  }
}

void DiffRun::want_all(uint32_t endpoint) {
  for (const DiffSide side : BothSides) {
    const EndpointId e = alignment.endpoints.at(side, endpoint);
    if (e.valid()) cells_[static_cast<size_t>(side)].add_all(e);
  }
}

void DiffRun::want_pair(uint32_t a, uint32_t b) {
  for (const auto& [subject, owner] : {std::pair{a, b}, std::pair{b, a}}) {
    for (const DiffSide side : BothSides) {
      const ComponentId id = alignment.components.at(side, owner);
      if (!id.valid()) continue;
      for (EndpointId endpoint : model(side).components[id].endpoints) {
        want(alignment.endpoints.joint(side, endpoint), subject);
      }
    }
  }
}

void DiffRun::want_touched() {
  std::vector<bool> shared(alignment.endpoints.size(), false);
  for (const DiffSide side : BothSides) {
    for (const Protocol& protocol : model(side).protocols) {
      if (protocol.instances == InstanceKind::Shared) {
        shared[alignment.endpoints.joint(side, protocol.endpoint)] = true;
      }
    }
  }
  const auto endpoint_of = [&](uint32_t operation) {
    const DiffSide side =
        alignment.operations.before[operation].valid() ? DiffSide::Before : DiffSide::After;
    const OperationId id = alignment.operations.at(side, operation);
    return std::pair(alignment.endpoints.joint(side, model(side).operations[id].endpoint),
                     alignment.components.joint(side, model(side).owner_of(id)));
  };
  const auto want_every_pair = [&](uint32_t owner) {
    for (uint32_t c = 0; c < alignment.components.size(); ++c) pairs.emplace_back(c, owner);
  };
  for (const JointCell& cell : touched) {
    const auto [endpoint, owner] = endpoint_of(cell.operation);
    want(endpoint, cell.subject);
    if (pairs.empty() || pairs.back() != std::pair{cell.subject, owner}) {
      pairs.emplace_back(cell.subject, owner);
    }
    if (!shared[endpoint]) continue;
    shared[endpoint] = false;
    want_all(endpoint);
    want_every_pair(owner);
  }
  for (uint32_t endpoint = 0; endpoint < alignment.endpoints.size(); ++endpoint) {
    if (!protocols_differ[endpoint]) continue;
    want_all(endpoint);
    want_every_pair(
        model(DiffSide::Before).endpoints[alignment.endpoints.before[endpoint]].owner.value);
  }
  for (auto& [a, b] : pairs) {
    if (b < a) std::swap(a, b);
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (const auto& [a, b] : pairs) want_pair(a, b);
}

const Slice& DiffRun::part(DiffSide side) {
  std::optional<Slice>& part = parts_[static_cast<size_t>(side)];
  if (!part) part = slice(checked(side), cells_[static_cast<size_t>(side)]);
  return *part;
}

const Matrix& DiffRun::matrix(DiffSide side) {
  std::optional<Matrix>& matrix = matrices_[static_cast<size_t>(side)];
  if (!matrix) matrix.emplace(*part(side).model, questions_);
  return *matrix;
}

Engine& DiffRun::engine(DiffSide side) {
  std::unique_ptr<Engine>& engine = engines_[static_cast<size_t>(side)];
  if (!engine) engine = std::make_unique<Engine>(part(side).model, options.check);
  return *engine;
}

Engine& DiffRun::whole(DiffSide side) {
  std::unique_ptr<Engine>& engine = wholes_[static_cast<size_t>(side)];
  if (!engine) engine = std::make_unique<Engine>(checked(side), options.check);
  return *engine;
}

const FlowGraph& DiffRun::flows(DiffSide side) {
  std::optional<FlowGraph>& graph = flows_[static_cast<size_t>(side)];
  if (!graph) graph = make_flow_graph(whole(side));
  return *graph;
}

const MatrixCell* DiffRun::cell(DiffSide side, JointCell at) {
  const OperationId operation = alignment.operations.at(side, at.operation);
  const ComponentId subject = alignment.components.at(side, at.subject);
  if (!operation.valid() || !subject.valid()) return nullptr;
  return matrix(side).find(subject, operation);
}

// ---- joint formulas -----------------------------------------------------------------------------

SignatureId DiffRun::signature(uint32_t operation) {
  SignatureId& known = signatures_[operation];
  if (!known.valid()) known = questions_.signature(alignment.words(operation).domains);
  return known;
}

smt::ExprId DiffRun::to_joint(DiffSide side, uint32_t operation, smt::ExprId granted) {
  const WordMatch& words = alignment.words(operation);
  if (words.same || granted == smt::Exprs::False) return granted;
  smt::Exprs& to = questions_.exprs(signature(operation));
  const OperationId own = alignment.operations.at(side, operation);
  const SignatureId from = questions_.signature_of(model(side), model(side).operations[own].method);
  std::vector<uint32_t> joint(words.domains.size());
  std::vector<smt::ExprId> parts;
  for (uint32_t word = 0; word < joint.size(); ++word) {
    joint[words.place_of(side, word)] = word;
    const IntervalSet& domain = questions_.exprs(from).domains()[words.place_of(side, word)];
    parts.push_back(to.in(word, words.to_joint(side, word, domain)));
  }
  parts.push_back(
      rebuild(questions_.exprs(from), granted, to, [&](uint32_t word, const IntervalSet& set) {
        const uint32_t at = joint[word];
        return to.in(at, words.to_joint(side, at, set));
      }));
  return to.all_of(std::move(parts));
}

smt::ExprId DiffRun::to_engine(DiffSide side, uint32_t operation, smt::ExprId formula) {
  const WordMatch& words = alignment.words(operation);
  smt::Exprs& to = engine(side).exprs(alignment.operations.at(side, operation));
  return rebuild(questions_.exprs(signature(operation)), formula, to,
                 [&](uint32_t word, const IntervalSet& set) {
                   return to.in(words.place_of(side, word), words.from_joint(side, word, set));
                 });
}

std::optional<std::vector<Box>> DiffRun::region(DiffSide side, uint32_t operation,
                                                smt::ExprId formula) {
  const SignatureId id = signature(operation);
  const auto [known, is_new] = regions_.try_emplace({id, formula});
  if (is_new) known->second = region_of(questions_.exprs(id), formula);
  if (!known->second) return std::nullopt;
  const WordMatch& words = alignment.words(operation);
  const OperationId own = alignment.operations.at(side, operation);
  const std::vector<Parameter>& parameters = model(side).method_of(own).parameters;
  std::vector<Box> region;
  for (const Box& box : *known->second) {
    Box& mine = region.emplace_back(box.size());
    for (uint32_t word = 0; word < box.size(); ++word) {
      const uint32_t at = words.place_of(side, word);
      const IntervalSet& domain = model(side).types[parameters[at].type].domain;
      mine[at] = words.from_joint(side, word, box[word]) & domain;
    }
  }
  return region;
}

std::string DiffRun::text_of(DiffSide side, uint32_t operation, smt::ExprId formula) {
  const OperationId own = alignment.operations.at(side, operation);
  if (const auto boxes = region(side, operation, formula)) return print(model(side), own, *boxes);
  Conditions conditions;
  const WordMatch& words = alignment.words(operation);
  const ConditionId whole =
      to_condition(questions_.exprs(signature(operation)), formula, conditions,
                   [&](uint32_t word, const IntervalSet& set) {
                     return conditions.in(words.place_of(side, word),
                                          words.from_joint(side, word, set));
                   });
  return print(model(side), conditions, own, whole);
}

// ---- requests on both sides ---------------------------------------------------------------------

std::optional<Request> DiffRun::request(DiffSide side, JointCell at,
                                        const std::vector<uint64_t>& words) {
  Request request{alignment.components.at(side, at.subject),
                  alignment.operations.at(side, at.operation), std::vector<uint64_t>(words.size())};
  if (!request.caller.valid() || !request.operation.valid()) return std::nullopt;
  const WordMatch& match = alignment.words(at.operation);
  for (uint32_t word = 0; word < words.size(); ++word) {
    const auto own = match.from_joint(side, word, IntervalSet::single(words[word])).least();
    if (!own) return std::nullopt;
    request.words[match.place_of(side, word)] = *own;
  }
  return request;
}

std::optional<Request> DiffRun::translate(DiffSide from, const Request& request_there) {
  const JointCell at{alignment.operations.joint(from, request_there.operation),
                     alignment.components.joint(from, request_there.caller)};
  const WordMatch& match = alignment.words(at.operation);
  std::vector<uint64_t> words;
  for (uint32_t word = 0; word < request_there.words.size(); ++word) {
    const uint64_t own = request_there.words[match.place_of(from, word)];
    words.push_back(*match.to_joint(from, word, IntervalSet::single(own)).least());
  }
  return request(other(from), at, words);
}

bool DiffRun::confirm(ChangeWitness& witness, std::string_view what) {
  const DiffSide side = witness.granted_by;
  for (const DiffSide s : BothSides) {
    std::optional<Evaluator>& evaluator = evaluators_[static_cast<size_t>(s)];
    if (!evaluator) evaluator.emplace(checked(s));
    evaluator->reset();
  }
  Evaluator& grants = *evaluators_[static_cast<size_t>(side)];
  Evaluator& refuses = *evaluators_[static_cast<size_t>(other(side))];
  bool all_granted = true;
  bool refused = false;
  for (const TraceStep& step : witness.trace) {
    const Decision here = grants.step(step);
    all_granted = all_granted && here.granted();
    witness.steps.push_back(print(model(side), step));
    witness.granted = print(model(side), here);
    const std::optional<Request> there = translate(side, step.request);
    if (!there) {
      refused = true;
      witness.refused = side == DiffSide::After ? "could not be asked" : "can no longer be asked";
      continue;
    }
    const Decision decision = refuses.step(TraceStep{*there, step.reply, step.wait_ms});
    if (&step == &witness.trace.back()) {
      refused = refused || !decision.granted();
      if (!decision.granted()) witness.refused = print(model(other(side)), decision);
    }
  }
  if (all_granted && refused) return true;
  result.internal_error = true;
  undecided(fmt::format("the witness of {} does not replay; please report these policies", what));
  return false;
}

void DiffRun::add(PolicyChange change, std::string meaning) {
  const std::string all =
      fmt::format("{}\n{}\n{}", print(change.kind), print(change.direction), std::move(meaning));
  change.id = print(sha256(all)).substr(0, 12);
  result.changes.push_back(std::move(change));
}

void DiffRun::undecided(std::string what) { result.unknown.push_back(std::move(what)); }

}  // namespace bh
