// What protocols let happen in one policy and not in the other, where the rules agree.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "solver/queries/diff_run.h"
#include "solver/queries/joint_space.h"
#include "solver/queries/report.h"

namespace bh {

namespace {

using Lines = std::vector<std::string>;

std::vector<ProtocolId> protocols_at(const Model& model, EndpointId endpoint) {
  std::vector<ProtocolId> result;
  for (ProtocolId id : model.protocols.ids()) {
    if (model.protocols[id].endpoint == endpoint) result.push_back(id);
  }
  return result;
}

// A protocol without its name and the order of its parts: its moves in joint numbers, one a line.
class Canonical {
 public:
  Canonical(const Alignment& alignment, DiffSide side, const Protocol& protocol)
      : alignment_(alignment), side_(side), protocol_(protocol) {}

  // `numbers`: by state.
  std::string text(const std::vector<std::string>& numbers) const {
    Lines lines;
    for (const Transition& t : protocol_.transitions) lines.push_back(line(t, numbers));
    for (size_t i = 0; i < protocol_.states.size(); ++i) {
      const std::optional<Timeout>& timeout = protocol_.states[i].timeout;
      if (!timeout) continue;
      lines.push_back(
          fmt::format("{} after {} {}", numbers[i], timeout->milliseconds, numbers[timeout->to]));
    }
    std::sort(lines.begin(), lines.end());
    std::string text = fmt::format("{} from {}\n", static_cast<int>(protocol_.instances),
                                   numbers[protocol_.initial]);
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }

  Lines by_name() const {
    Lines numbers;
    for (const State& state : protocol_.states) numbers.push_back(state.name);
    return numbers;
  }
  Lines by_place() const {
    Lines numbers;
    for (size_t i = 0; i < protocol_.states.size(); ++i) numbers.push_back(fmt::format("{}", i));
    return numbers;
  }

 private:
  std::string line(const Transition& t, const std::vector<std::string>& numbers) const {
    const Model& model = alignment_.model(side_);
    uint32_t operation = 0;
    for (OperationId id : model.endpoints[protocol_.endpoint].operations) {
      if (model.operations[id].method == t.method)
        operation = alignment_.operations.joint(side_, id);
    }
    std::string by;
    if (t.by) {
      std::set<uint32_t> callers;
      for (ComponentId id : *t.by) callers.insert(alignment_.components.joint(side_, id));
      for (uint32_t caller : callers) by += fmt::format(" {}", caller);
      by = "by" + by;
    }
    return fmt::format("{} {} {} {} {} {} {}", numbers[t.from], operation,
                       static_cast<int>(t.outcome), numbers[t.to],
                       t.at_most ? fmt::format("{}", *t.at_most) : "any", static_cast<int>(t.mover),
                       by);
  }

  const Alignment& alignment_;
  DiffSide side_;
  const Protocol& protocol_;
};

bool same(const Alignment& alignment, const Protocol& before, const Protocol& after) {
  const Canonical a(alignment, DiffSide::Before, before);
  const Canonical b(alignment, DiffSide::After, after);
  return a.text(a.by_name()) == b.text(b.by_name()) || a.text(a.by_place()) == b.text(b.by_place());
}

// The part of the policy at one endpoint, with the protocols there alone.
CheckedModel at_endpoint(const CheckedModel& model, EndpointId endpoint) {
  CellSet cells(model->endpoints.size(), model->components.size());
  cells.add_all(endpoint);
  Model part = *slice(model, cells).model;
  part.protocols = {};
  for (const Protocol& protocol : model->protocols) {
    if (protocol.endpoint == endpoint) part.protocols.add(protocol);
  }
  return *seal(std::move(part), DiagnosticSink());
}

class BehaviourDiff {
 public:
  // `subjects`: in whose cells something changed.
  BehaviourDiff(DiffRun& run, uint32_t endpoint, const std::set<uint32_t>& subjects)
      : run_(run), a_(run.alignment), endpoint_(endpoint), subjects_(subjects) {}

  void run() {
    collect();
    if (run_.protocols_differ[endpoint_]) play();
    const bool all = run_.protocols_differ[endpoint_] || has(InstanceKind::Shared);
    for (const Shared& cell : cells_) {
      if (all || subjects_.contains(cell.at.subject)) compare_reach(cell);
    }
  }

 private:
  // A cell in which both sides' rules grant something.
  struct Shared {
    JointCell at;
    const MatrixCell* before;
    const MatrixCell* after;
    smt::ExprId both;
  };
  using Kind = std::pair<std::vector<std::pair<uint32_t, uint32_t>>, std::vector<bool>>;

  EndpointId endpoint(DiffSide side) const { return a_.endpoints.at(side, endpoint_); }

  void collect() {
    for (OperationId op :
         run_.model(DiffSide::Before).endpoints[endpoint(DiffSide::Before)].operations) {
      if (!a_.operations.on_both(op.value)) continue;
      const Matrix& matrix = run_.matrix(DiffSide::Before);
      for (const MatrixCell* cell = matrix.begin_of(op); cell != matrix.end_of(op); ++cell) {
        const JointCell at = run_.joint(DiffSide::Before, *cell);
        const MatrixCell* after = run_.cell(DiffSide::After, at);
        if (!after) continue;
        smt::Exprs& exprs = run_.questions().exprs(run_.signature(at.operation));
        const smt::ExprId both =
            exprs.all_of({run_.to_joint(DiffSide::Before, at.operation, cell->granted),
                          run_.to_joint(DiffSide::After, at.operation, after->granted)});
        cells_.push_back({at, cell, after, both});
      }
    }
  }

  bool has(InstanceKind kind) const {
    for (const DiffSide side : BothSides) {
      for (ProtocolId id : protocols_at(run_.model(side), endpoint(side))) {
        if (run_.model(side).protocols[id].instances == kind) return true;
      }
    }
    return false;
  }

  bool tells_holders_apart() const {
    for (const DiffSide side : BothSides) {
      for (ProtocolId id : protocols_at(run_.model(side), endpoint(side))) {
        for (const Transition& t : run_.model(side).protocols[id].transitions) {
          if (t.mover != Mover::Anyone) return true;
        }
      }
    }
    return false;
  }

  // Which callers are like each other: granted the same by the rules, and named by no `by` that
  // does not name the other.
  std::map<Kind, std::vector<uint32_t>> kinds() const {
    std::map<uint32_t, Kind> by_caller;
    for (const Shared& cell : cells_) {
      by_caller[cell.at.subject].first.emplace_back(cell.at.operation, cell.both.value);
    }
    std::map<Kind, std::vector<uint32_t>> result;
    for (auto& [caller, kind] : by_caller) {
      for (const DiffSide side : BothSides) {
        for (ProtocolId id : protocols_at(run_.model(side), endpoint(side))) {
          for (const Transition& t : run_.model(side).protocols[id].transitions) {
            if (!t.by) continue;
            const ComponentId own = a_.components.at(side, caller);
            kind.second.push_back(std::find(t.by->begin(), t.by->end(), own) != t.by->end());
          }
        }
      }
      result[kind].push_back(caller);
    }
    return result;
  }

  // ---- different protocols, side by side -------------------------------------------------------

  void play() {
    const CheckedModel before =
        at_endpoint(run_.part(DiffSide::Before).model, endpoint(DiffSide::Before));
    const CheckedModel after =
        at_endpoint(run_.part(DiffSide::After).model, endpoint(DiffSide::After));
    constexpr size_t AlikeCallers = 3;
    const bool shared = has(InstanceKind::Shared);
    const bool one_will_do = !has(InstanceKind::PerCaller) && !tells_holders_apart();
    const size_t most = !shared || one_will_do ? 1 : AlikeCallers;
    std::vector<std::vector<RequestPair>> plays;
    std::map<uint32_t, std::vector<uint32_t>> alike;  // by caller that is played
    for (const auto& [kind, callers] : kinds()) {
      for (size_t i = 0; i < std::min(most, callers.size()); ++i) {
        alike[callers[i]] = i == 0 ? callers : std::vector<uint32_t>();
        if (plays.empty() || !shared) plays.emplace_back();
        add_requests(callers[i], plays.back());
      }
      if (most == AlikeCallers && callers.size() > most) {
        open_ = "more callers that are alike share a protocol than were looked at";
      }
    }
    for (std::vector<RequestPair>& requests : plays) {
      const JointSpace space(before, after, requests, run_.options.behaviour.states);
      const JointSearch found = space.search(JointGoal::EachRequest);
      if (!found.complete) open_ = "they have too many states to be compared";
      for (const JointDifference& difference : found.differences) {
        report(difference.ours_grants ? DiffSide::Before : DiffSide::After,
               difference.ours_grants ? space.trace_of_ours(difference)
                                      : space.trace_of_theirs(difference),
               alike);
      }
    }
    if (!open_.empty()) {
      run_.undecided(fmt::format("whether the protocols on {} let the same happen: {}",
                                 endpoint_text(), open_));
    }
  }

  void add_requests(uint32_t caller, std::vector<RequestPair>& to) {
    for (const Shared& cell : cells_) {
      if (cell.at.subject != caller) continue;
      const smt::Answer& least =
          run_.questions().least(run_.signature(cell.at.operation), cell.both);
      switch (least.kind) {
        case smt::AnswerKind::Holds:
          break;
        case smt::AnswerKind::Unknown:
          open_ = least.reason;
          break;
        case smt::AnswerKind::Violated:
          to.push_back({*run_.request(DiffSide::Before, cell.at, least.words),
                        *run_.request(DiffSide::After, cell.at, least.words)});
          break;
      }
    }
  }

  std::string endpoint_text() const {
    const DiffSide side = DiffSide::After;
    return print_endpoint(run_.model(side), endpoint(side));
  }

  void report(DiffSide grantor, Trace trace,
              const std::map<uint32_t, std::vector<uint32_t>>& alike) {
    const Request& last = trace.back().request;
    const uint32_t caller = a_.components.joint(grantor, last.caller);
    const uint32_t operation = a_.operations.joint(grantor, last.operation);
    const std::vector<uint32_t>& callers = alike.at(caller);
    if (callers.empty()) return;  // told of another one that is like it
    for (uint32_t c : callers) told_.emplace(grantor, operation, c);
    std::vector<ComponentId> who;
    for (uint32_t c : callers) who.push_back(a_.components.at(grantor, c));
    add(grantor, who, last.operation, std::move(trace), "lets it happen in more orders",
        "lets it happen in fewer orders");
  }

  // The protocols that are not the same, or, if all are, all of them.
  std::vector<ChangeCause> causes(std::string_view differing) const {
    std::vector<ChangeCause> result;
    const Model& before = run_.model(DiffSide::Before);
    const Model& after = run_.model(DiffSide::After);
    const std::vector<ProtocolId> was = protocols_at(before, endpoint(DiffSide::Before));
    const std::vector<ProtocolId> is = protocols_at(after, endpoint(DiffSide::After));
    const auto any_same = [&](const Protocol& p, DiffSide side) {
      const auto& others = side == DiffSide::After ? was : is;
      return std::any_of(others.begin(), others.end(), [&](ProtocolId id) {
        return side == DiffSide::After ? same(a_, before.protocols[id], p)
                                       : same(a_, p, after.protocols[id]);
      });
    };
    const bool differ = run_.protocols_differ[endpoint_];
    for (ProtocolId id : is) {
      const Protocol& p = after.protocols[id];
      if (differ && any_same(p, DiffSide::After)) continue;
      const bool is_new = std::none_of(was.begin(), was.end(), [&](ProtocolId old) {
        return before.protocols[old].name == p.name;
      });
      result.push_back({DiffSide::After, p.span, p.name,
                        differ && is_new ? "protocol added" : std::string(differing)});
    }
    for (ProtocolId id : was) {
      const Protocol& p = before.protocols[id];
      const bool there = std::any_of(is.begin(), is.end(), [&](ProtocolId now) {
        return after.protocols[now].name == p.name;
      });
      if (!there && !any_same(p, DiffSide::Before)) {
        result.push_back({DiffSide::Before, p.span, p.name, "protocol removed"});
      }
    }
    return result;
  }

  // All that the protocols say on both sides.
  std::string meaning() const {
    std::string text;
    for (const DiffSide side : BothSides) {
      Lines all;
      for (ProtocolId id : protocols_at(run_.model(side), endpoint(side))) {
        const Canonical canonical(a_, side, run_.model(side).protocols[id]);
        all.push_back(canonical.text(canonical.by_name()));
      }
      std::sort(all.begin(), all.end());
      for (const std::string& one : all) text += one + "\n";
    }
    return text;
  }

  void add(DiffSide grantor, const std::vector<ComponentId>& who, OperationId operation,
           Trace trace, std::string_view more, std::string_view fewer) {
    const bool now = grantor == DiffSide::After;
    PolicyChange change;
    change.kind = ChangeKind::Behaviour;
    change.direction = now ? ChangeDirection::Wider : ChangeDirection::Narrower;
    change.what = print_cells(run_.model(grantor), who, {operation});
    change.causes = causes(now ? more : fewer);
    ChangeWitness witness;
    witness.granted_by = grantor;
    witness.trace = std::move(trace);
    if (!run_.confirm(witness, change.what)) return;
    change.witness = std::move(witness);
    std::string names;
    for (ComponentId id : who) names += run_.name(grantor, id) + "\n";
    run_.add(std::move(change), names + print(run_.model(grantor), operation) + "\n" + meaning());
  }

  // ---- what becomes reachable by requests that only one side grants ----------------------------

  void compare_reach(const Shared& cell) {
    const SignatureId signature = run_.signature(cell.at.operation);
    if (run_.questions().never(signature, cell.both) == smt::AnswerKind::Holds) return;
    Reachability reach[2];
    for (const DiffSide side : BothSides) {
      Engine& engine = run_.engine(side);
      const MatrixCell& own = side == DiffSide::Before ? *cell.before : *cell.after;
      const MatrixCell* there = engine.matrix.find(own.subject, own.operation);
      reach[static_cast<size_t>(side)].can = engine.can_be_granted(*there);
    }
    if (reach[0].can == reach[1].can) {
      if (reach[0].can == Can::Unknown) cannot_tell(cell);
      return;
    }
    if (reach[0].can == Can::Unknown || reach[1].can == Can::Unknown) return cannot_tell(cell);
    const DiffSide grantor = reach[1].can == Can::Yes ? DiffSide::After : DiffSide::Before;
    if (told_.contains({grantor, cell.at.operation, cell.at.subject})) return;
    const MatrixCell& own = grantor == DiffSide::Before ? *cell.before : *cell.after;
    const smt::ExprId when = run_.to_engine(grantor, cell.at.operation, cell.both);
    Reachability way = run_.engine(grantor).reach(own.subject, {{own.operation, when}});
    if (way.can != Can::Yes) return cannot_tell(cell);
    add(grantor, {own.subject}, own.operation, std::move(way.trace),
        "lets it happen after what is newly granted",
        "lets it happen only after what is no longer granted");
  }

  void cannot_tell(const Shared& cell) {
    run_.undecided(fmt::format(
        "whether {} can be granted in both",
        print_cells(run_.model(DiffSide::After), {cell.after->subject}, {cell.after->operation})));
  }

  DiffRun& run_;
  const Alignment& a_;
  uint32_t endpoint_;
  const std::set<uint32_t>& subjects_;
  std::vector<Shared> cells_;
  std::set<std::tuple<DiffSide, uint32_t, uint32_t>> told_;
  std::string open_;
};

}  // namespace

bool same_protocols(const Alignment& alignment, EndpointId before, EndpointId after) {
  const Model& ours = alignment.model(DiffSide::Before);
  const Model& theirs = alignment.model(DiffSide::After);
  std::vector<ProtocolId> left = protocols_at(theirs, after);
  for (ProtocolId id : protocols_at(ours, before)) {
    const auto at = std::find_if(left.begin(), left.end(), [&](ProtocolId there) {
      return same(alignment, ours.protocols[id], theirs.protocols[there]);
    });
    if (at == left.end()) return false;
    left.erase(at);
  }
  return left.empty();
}

void diff_behaviour(DiffRun& run) {
  const Joined<EndpointId>& endpoints = run.alignment.endpoints;
  std::vector<std::set<uint32_t>> touched(endpoints.size());  // subjects
  for (const JointCell& cell : run.touched) {
    const DiffSide side = run.alignment.operations.before[cell.operation].valid() ? DiffSide::Before
                                                                                  : DiffSide::After;
    const OperationId id = run.alignment.operations.at(side, cell.operation);
    const EndpointId endpoint = run.model(side).operations[id].endpoint;
    touched[endpoints.joint(side, endpoint)].insert(cell.subject);
  }
  std::vector<bool> any(endpoints.size(), false);
  for (const DiffSide side : BothSides) {
    for (const Protocol& protocol : run.model(side).protocols) {
      any[endpoints.joint(side, protocol.endpoint)] = true;
    }
  }
  for (uint32_t endpoint = 0; endpoint < endpoints.size(); ++endpoint) {
    if (!any[endpoint] || !endpoints.on_both(endpoint)) continue;
    if (touched[endpoint].empty() && !run.protocols_differ[endpoint]) continue;
    BehaviourDiff(run, endpoint, touched[endpoint]).run();
  }
}

}  // namespace bh
