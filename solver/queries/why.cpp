#include "solver/queries/why.h"

#include <algorithm>
#include <set>

namespace bh {

namespace {

template <class Id>
void add_once(std::vector<Id>& list, Id id) {
  const auto at = std::lower_bound(list.begin(), list.end(), id);
  if (at == list.end() || *at != id) list.insert(at, id);
}

class Why {
 public:
  explicit Why(PropertyContext& context)
      : context_(context), engine_(context.engine), model_(context.engine.model) {}

  Grounds take() { return std::move(grounds_); }

  void witness(const PropertyVerdict& verdict) {
    for (const Decision& decision : engine_.replay(verdict.trace))
      add_once(grounds_.rules, decision.rule);
    for (const FlowStep& step : verdict.path) add_once(grounds_.rules, step.rule);
  }

  void operator()(const NeverRequest& never) {
    for (const ConditionalOperation& target : never.targets) {
      const smt::ExprId when = engine_.import(target.operation, target.when);
      for (ComponentId subject : never.subjects) {
        if (covers(model_, target, subject)) refused(subject, target.operation, when);
      }
    }
  }

  void operator()(const NeverFlow& flow) {
    for (const Trust& trust : trusted_by(model_, flow, context_.flows))
      add_once(grounds_.releases, trust.release);
  }

  void operator()(const NeverBefore& before) {
    const Forbidden forbidden{before.first, before.first_outcome, before.by_anyone};
    std::set<std::pair<OperationId, ComponentId>> done;
    for (OperationId operation : before.operations) {
      const EndpointId endpoint = model_.operations[operation].endpoint;
      for (const MatrixCell* cell = engine_.matrix.begin_of(operation);
           cell != engine_.matrix.end_of(operation); ++cell) {
        if (engine_.can_be_granted(*cell) == Can::No) {
          refused(cell->subject, operation, smt::Exprs::True);
        } else if (done.insert({operation, engine_.alike(endpoint, cell->subject)}).second) {
          restrained(cell->subject, operation, forbidden);
        }
      }
    }
  }

  void operator()(const Require&) {}

  void operator()(const Holds& holds) {
    const std::set<OperationId> within(holds.within.begin(), holds.within.end());
    const std::set<ComponentId> subjects(holds.subjects.begin(), holds.subjects.end());
    for (const MatrixCell& cell : engine_.matrix.cells()) {
      if (subjects.contains(cell.subject) && !within.contains(cell.operation))
        refused(cell.subject, cell.operation, smt::Exprs::True);
    }
  }

  void operator()(const Separate& separate) {
    for (ComponentId component : model_.components.ids()) {
      const auto duties = std::count_if(
          separate.duties.begin(), separate.duties.end(), [&](const Separate::Duty& duty) {
            return std::any_of(duty.operations.begin(), duty.operations.end(), [&](OperationId o) {
              return engine_.matrix.find(component, o) != nullptr;
            });
          });
      if (duties < 2) continue;
      for (const Separate::Duty& duty : separate.duties) {
        for (OperationId operation : duty.operations) {
          const MatrixCell* cell = engine_.matrix.find(component, operation);
          if (cell && engine_.can_be_granted(*cell) == Can::No)
            refused(component, operation, smt::Exprs::True);
        }
      }
    }
  }

  void operator()(const NeverState& never) {
    for (const NeverState::Part& part : never.parts) {
      for (ProtocolId protocol : part.protocols) add_once(grounds_.protocols, protocol);
    }
  }

  void operator()(const TrustedBase&) {
    for (const Trust& trust : trusted_by_labels(model_, context_.flows))
      add_once(grounds_.releases, trust.release);
  }

 private:
  // Who refuses what the cell's allows would grant of this.
  void refused(ComponentId subject, OperationId operation, smt::ExprId when) {
    const MatrixCell* cell = engine_.matrix.find(subject, operation);
    if (cell == nullptr) return;
    std::vector<smt::ExprId> allows;
    for (const Match& allow : cell->allows) allows.push_back(allow.when);
    smt::Exprs& exprs = engine_.questions.exprs(cell->signature);
    const smt::ExprId allowed = exprs.all_of({exprs.any_of(std::move(allows)), when});
    if (is_never(*cell, allowed)) return;
    std::vector<Match> denies = cell->denies;
    if (!is_never(*cell, without(*cell, allowed, denies))) {
      restrained(subject, operation, std::nullopt);
      return;
    }
    for (size_t i = denies.size(); i-- > 0;) {
      std::vector<Match> fewer = denies;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (is_never(*cell, without(*cell, allowed, fewer))) denies = std::move(fewer);
    }
    for (const Match& deny : denies) add_once(grounds_.rules, deny.rule);
  }

  smt::ExprId without(const MatrixCell& cell, smt::ExprId allowed,
                      const std::vector<Match>& denies) {
    smt::Exprs& exprs = engine_.questions.exprs(cell.signature);
    std::vector<smt::ExprId> denied;
    for (const Match& deny : denies) denied.push_back(deny.when);
    return exprs.without(allowed, exprs.any_of(std::move(denied)));
  }

  bool is_never(const MatrixCell& cell, smt::ExprId formula) {
    return engine_.questions.never(cell.signature, formula) == smt::AnswerKind::Holds;
  }

  // Which protocols keep the subject from being granted the operation.
  void restrained(ComponentId subject, OperationId operation,
                  const std::optional<Forbidden>& forbidden) {
    std::vector<ProtocolId> protocols =
        engine_.protocols[model_.operations[operation].endpoint.value];
    for (size_t i = protocols.size(); i-- > 0 && protocols.size() > 1;) {
      std::vector<ProtocolId> fewer = protocols;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (engine_.refuse(fewer, subject, operation, forbidden)) protocols = std::move(fewer);
    }
    for (ProtocolId protocol : protocols) add_once(grounds_.protocols, protocol);
  }

  PropertyContext& context_;
  Engine& engine_;
  const Model& model_;
  Grounds grounds_;
};

}  // namespace

Grounds grounds_of(PropertyContext& context, const PropertyVerdict& verdict) {
  Why why(context);
  const auto& body = context.engine.model.properties[verdict.property].body;
  const bool shown = !verdict.trace.empty() || !verdict.path.empty();
  if (shown) {
    why.witness(verdict);
  } else if (verdict.verdict == Verdict::Proved && !verdict.vacuous) {
    std::visit(why, body);
  }
  return why.take();
}

}  // namespace bh
