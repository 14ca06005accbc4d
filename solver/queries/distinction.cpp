#include "solver/queries/distinction.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "solver/queries/joint_space.h"
#include "solver/reference/evaluator.h"

namespace bh {

namespace {

constexpr size_t AlikeCallers = 3;

// What the two policies' rules grant in one cell.
struct CellPair {
  ComponentId caller;
  OperationId operation;
  SignatureId signature;
  smt::ExprId ours;
  smt::ExprId theirs;
};

bool alike(const Transition& a, const Transition& b) {
  return a.from == b.from && a.method == b.method && a.outcome == b.outcome && a.to == b.to &&
         a.at_most == b.at_most && a.mover == b.mover && a.by == b.by;
}

bool alike(const State& a, const State& b) {
  if (a.timeout.has_value() != b.timeout.has_value()) return false;
  return !a.timeout ||
         (a.timeout->milliseconds == b.timeout->milliseconds && a.timeout->to == b.timeout->to);
}

bool alike(const Protocol& a, const Protocol& b) {
  const auto equal = [](const auto& x, const auto& y) { return alike(x, y); };
  return a.instances == b.instances && a.initial == b.initial &&
         std::equal(a.states.begin(), a.states.end(), b.states.begin(), b.states.end(), equal) &&
         std::equal(a.transitions.begin(), a.transitions.end(), b.transitions.begin(),
                    b.transitions.end(), equal);
}

using Protocols = std::vector<Protocol>;

Protocols protocols_at(const Model& model, EndpointId endpoint) {
  Protocols result;
  for (const Protocol& protocol : model.protocols) {
    if (protocol.endpoint == endpoint) result.push_back(protocol);
  }
  return result;
}

bool alike(const Protocols& a, const Protocols& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Protocol& x, const Protocol& y) { return alike(x, y); });
}

// The model with these protocols alone: what happens at other endpoints does not matter here.
CheckedModel with_protocols(const CheckedModel& model, const Protocols& protocols) {
  Model part = *model;
  part.protocols = {};
  for (const Protocol& protocol : protocols) part.protocols.add(protocol);
  return *seal(std::move(part), DiagnosticSink());
}

bool any_shared(const Protocols& protocols) {
  return std::any_of(protocols.begin(), protocols.end(),
                     [](const Protocol& p) { return p.instances == InstanceKind::Shared; });
}

bool any_per_caller(const Protocols& protocols) {
  return std::any_of(protocols.begin(), protocols.end(),
                     [](const Protocol& p) { return p.instances == InstanceKind::PerCaller; });
}

bool any_mover(const Protocols& protocols) {
  for (const Protocol& protocol : protocols) {
    for (const Transition& t : protocol.transitions) {
      if (t.mover != Mover::Anyone) return true;
    }
  }
  return false;
}

// ---- one endpoint
// -----------------------------------------------------------------------------------

class EndpointComparison {
 public:
  EndpointComparison(const CheckedModel& ours, const CheckedModel& theirs, EndpointId endpoint,
                     Questions& questions, const DistinctionLimits& limits)
      : ours_(ours),
        theirs_(theirs),
        questions_(questions),
        limits_(limits),
        our_protocols_(protocols_at(*ours, endpoint)),
        their_protocols_(protocols_at(*theirs, endpoint)) {}

  void add(const CellPair& cell) {
    cells_[cell.caller].push_back(cell);
    differ_ |= cell.ours != cell.theirs;
  }

  Distinction run() {
    if (!differ_ && alike(our_protocols_, their_protocols_)) return {Verdict::Proved, {}, {}};
    const CheckedModel a = with_protocols(ours_, our_protocols_);
    const CheckedModel b = with_protocols(theirs_, their_protocols_);
    Distinction result{Verdict::Proved, {}, {}};
    for (const std::vector<RequestPair>& requests : plays()) {
      const JointSpace space(a, b, requests, limits_.states);
      const JointSearch found = space.search(JointGoal::First);
      if (!found.differences.empty()) {
        return {Verdict::Violated, space.trace_of_ours(found.differences[0]), {}};
      }
      if (!found.complete) {
        result = {Verdict::Unknown, {}, "the protocols have too many states to be compared"};
      }
    }
    if (result.verdict == Verdict::Proved && !open_.empty()) return {Verdict::Unknown, {}, open_};
    return result;
  }

 private:
  // Which callers are like each other: granted the same by the rules, and named by no `by` that
  // does not name the other.
  using Kind = std::pair<std::vector<std::array<uint32_t, 3>>, std::vector<bool>>;

  Kind kind_of(ComponentId caller, const std::vector<CellPair>& cells) const {
    Kind kind;
    for (const CellPair& cell : cells) {
      kind.first.push_back({cell.operation.value, cell.ours.value, cell.theirs.value});
    }
    for (const Protocols* protocols : {&our_protocols_, &their_protocols_}) {
      for (const Protocol& protocol : *protocols) {
        for (const Transition& t : protocol.transitions) {
          if (!t.by) continue;
          kind.second.push_back(std::find(t.by->begin(), t.by->end(), caller) != t.by->end());
        }
      }
    }
    return kind;
  }

  // The requests that are played together: those of all callers where a protocol is shared, else of
  // one caller of each kind by itself.
  std::vector<std::vector<RequestPair>> plays() {
    const bool shared = any_shared(our_protocols_) || any_shared(their_protocols_);
    const bool one_will_do = !any_per_caller(our_protocols_) && !any_per_caller(their_protocols_) &&
                             !any_mover(our_protocols_) && !any_mover(their_protocols_);
    const size_t most = !shared || one_will_do ? 1 : AlikeCallers;
    std::map<Kind, size_t> played;
    std::vector<std::vector<RequestPair>> result;
    for (const auto& [caller, cells] : cells_) {
      if (++played[kind_of(caller, cells)] > most) {
        if (most == AlikeCallers) {
          open_ = "more callers that are alike share a protocol than were looked at";
        }
        continue;
      }
      if (result.empty() || !shared) result.emplace_back();
      for (const CellPair& cell : cells) add_requests(cell, result.back());
    }
    return result;
  }

  void add_requests(const CellPair& cell, std::vector<RequestPair>& to) {
    smt::Exprs& exprs = questions_.exprs(cell.signature);
    for (const smt::ExprId when :
         {exprs.all_of({cell.ours, cell.theirs}), exprs.without(cell.ours, cell.theirs),
          exprs.without(cell.theirs, cell.ours)}) {
      const smt::Answer& least = questions_.least(cell.signature, when);
      switch (least.kind) {
        case smt::AnswerKind::Holds:
          break;
        case smt::AnswerKind::Unknown:
          open_ = least.reason;
          break;
        case smt::AnswerKind::Violated:
          to.push_back({{cell.caller, cell.operation, least.words},
                        {cell.caller, cell.operation, least.words}});
          break;
      }
    }
  }

  const CheckedModel& ours_;
  const CheckedModel& theirs_;
  Questions& questions_;
  DistinctionLimits limits_;
  Protocols our_protocols_;
  Protocols their_protocols_;
  std::map<ComponentId, std::vector<CellPair>> cells_;
  bool differ_ = false;
  std::string open_;  // why no difference may not mean that there is none
};

// Both matrices' cells of one operation, in step.
template <class Visit>
void pair_cells(const Matrix& ours, const Matrix& theirs, OperationId operation, Visit visit) {
  const MatrixCell* a = ours.begin_of(operation);
  const MatrixCell* b = theirs.begin_of(operation);
  const MatrixCell* const a_end = ours.end_of(operation);
  const MatrixCell* const b_end = theirs.end_of(operation);
  while (a != a_end || b != b_end) {
    const bool ours_next = a != a_end && (b == b_end || a->subject <= b->subject);
    const bool theirs_next = b != b_end && (a == a_end || b->subject <= a->subject);
    const MatrixCell& cell = ours_next ? *a : *b;
    visit(CellPair{cell.subject, operation, cell.signature,
                   ours_next ? a->granted : smt::Exprs::False,
                   theirs_next ? b->granted : smt::Exprs::False});
    if (ours_next) ++a;
    if (theirs_next) ++b;
  }
}

// Granted by both up to the last step, and that one decided differently.
bool is_confirmed(const CheckedModel& ours, const CheckedModel& theirs, const Trace& trace) {
  const std::vector<Decision> a = replay(ours, trace);
  const std::vector<Decision> b = replay(theirs, trace);
  for (size_t i = 0; i + 1 < trace.size(); ++i) {
    if (!a[i].granted() || !b[i].granted()) return false;
  }
  return !trace.empty() && a.back().granted() != b.back().granted();
}

}  // namespace

Distinguisher::Distinguisher(const CheckedModel& original, const DistinctionLimits& limits)
    : original_(original),
      limits_(limits),
      questions_(limits.rlimit),
      matrix_(*original, questions_) {}

Distinction Distinguisher::compare(const CheckedModel& other) {
  const Matrix theirs(*other, questions_);
  Distinction result{Verdict::Proved, {}, {}};
  for (EndpointId endpoint : original_->endpoints.ids()) {
    EndpointComparison comparison(original_, other, endpoint, questions_, limits_);
    for (OperationId operation : original_->endpoints[endpoint].operations) {
      pair_cells(matrix_, theirs, operation, [&](const CellPair& cell) { comparison.add(cell); });
    }
    Distinction found = comparison.run();
    if (found.verdict == Verdict::Violated) {
      if (is_confirmed(original_, other, found.trace)) return found;
      found = {Verdict::Unknown, {}, "the reference evaluator disagrees with the solver"};
    }
    if (found.verdict == Verdict::Unknown) result = std::move(found);
  }
  return result;
}

}  // namespace bh
