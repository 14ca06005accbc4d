#include "solver/mutation/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "solver/mutation/mutation.h"
#include "solver/mutation/print.h"
#include "solver/reference/evaluator.h"

namespace bh {

namespace {

// ---- what there is
// ----------------------------------------------------------------------------------

// Protocols of one statement are covered together.
std::map<ProtocolId, ProtocolId> first_of_statement(const Model& model) {
  std::map<std::pair<Span, std::string>, ProtocolId> statements;
  std::map<ProtocolId, ProtocolId> result;
  for (ProtocolId id : model.protocols.ids()) {
    const Protocol& protocol = model.protocols[id];
    result[id] = statements.try_emplace({protocol.span, protocol.name}, id).first->second;
  }
  return result;
}

CoverageItem item(CoverageKind kind, Span span, std::string text) {
  CoverageItem result;
  result.kind = kind;
  result.span = span;
  result.text = std::move(text);
  return result;
}

void list_rules(const Model& model, std::vector<CoverageItem>& items) {
  for (RuleId id : model.rules.ids()) {
    const Rule& rule = model.rules[id];
    const char* word = rule.kind == RuleKind::Allow ? "allow" : "deny";
    items.push_back(item(CoverageKind::Rule, rule.span, fmt::format("{} '{}'", word, rule.name)));
    items.back().rule = id;
  }
}

void list_protocol(const Model& model, ProtocolId id, CoverageKind kind,
                   std::vector<CoverageItem>& items) {
  const Protocol& protocol = model.protocols[id];
  const auto add = [&](Span span, const std::string& text, uint32_t index) {
    items.push_back(item(kind, span, fmt::format("'{}': {}", protocol.name, text)));
    items.back().protocol = id;
    items.back().index = index;
  };
  if (kind == CoverageKind::Timeout) {
    for (uint32_t s = 0; s < protocol.states.size(); ++s) {
      const std::optional<Timeout>& timeout = protocol.states[s].timeout;
      if (timeout) add(timeout->span, print_timeout(protocol, s, *timeout), s);
    }
    return;
  }
  for (uint32_t t = 0; t < protocol.transitions.size(); ++t) {
    const Transition& transition = protocol.transitions[t];
    if (kind == CoverageKind::Limit && !transition.at_most) continue;
    add(transition.span, print(model, protocol, transition), t);
  }
}

void list_refusals(const Model& model, std::vector<CoverageItem>& items) {
  std::set<ComponentId> asking;
  for (const Rule& rule : model.rules) {
    if (rule.kind == RuleKind::Allow) asking.insert(rule.subjects.begin(), rule.subjects.end());
  }
  for (ComponentId id : asking) {
    const Component& component = model.components[id];
    items.push_back(item(CoverageKind::Refusal, component.span,
                         fmt::format("'{}' is refused something by default", component.name)));
    items.back().component = id;
  }
}

std::vector<CoverageItem> list_items(const Model& model,
                                     const std::map<ProtocolId, ProtocolId>& first) {
  std::vector<CoverageItem> items;
  list_rules(model, items);
  for (const CoverageKind kind :
       {CoverageKind::Transition, CoverageKind::Timeout, CoverageKind::Limit}) {
    for (const auto& [protocol, statement] : first) {
      if (protocol == statement) list_protocol(model, protocol, kind, items);
    }
  }
  list_refusals(model, items);
  return items;
}

// ---- what the tests exercise
// ------------------------------------------------------------------------

class TestCoverage {
 public:
  TestCoverage(const CheckedModel& model, std::vector<CoverageItem>& items)
      : model_(*model),
        evaluator_(model),
        first_(first_of_statement(model_)),
        rules_(model_.operations.size()),
        items_(items) {
    for (size_t i = 0; i < items.size(); ++i) {
      const CoverageItem& it = items[i];
      index_[{it.kind, id_of(it), it.index}] = i;
    }
    for (RuleId id : model_.rules.ids()) {
      for (const ConditionalOperation& target : model_.rules[id].targets) {
        std::vector<RuleId>& list = rules_[target.operation.value];
        if (list.empty() || list.back() != id) list.push_back(id);
      }
    }
  }

  void run(const Test& test) {
    evaluator_.reset();
    waiting_.clear();
    for (const TestStep& step : test.steps) {
      wait(test, step.step.wait_ms);
      play(step.step);
    }
  }

 private:
  using Key = std::tuple<CoverageKind, uint32_t, uint32_t>;

  static uint32_t id_of(const CoverageItem& item) {
    switch (item.kind) {
      case CoverageKind::Rule:
        return item.rule.value;
      case CoverageKind::Transition:
      case CoverageKind::Timeout:
      case CoverageKind::Limit:
        return item.protocol.value;
      case CoverageKind::Refusal:
        return item.component.value;
    }
    BH_CHECK(false);
  }

  void mark(CoverageKind kind, uint32_t id, uint32_t index = 0) {
    const auto found = index_.find({kind, id, index});
    if (found != index_.end()) items_[found->second].tested = true;
  }
  void mark(CoverageKind kind, ProtocolId protocol, uint32_t index) {
    mark(kind, first_.at(protocol).value, index);
  }

  // The timeouts that run out meanwhile count once somebody asks the instance.
  void wait(const Test& test, uint64_t milliseconds) {
    const uint64_t end = milliseconds * NanosecondsPerMillisecond + evaluator_.now();
    std::set<ComponentId> callers;
    for (const TestStep& step : test.steps) callers.insert(step.step.request.caller);
    size_t rounds = 0;
    while (evaluator_.now() < end && ++rounds <= MostRounds) {
      uint64_t next = end - evaluator_.now();
      std::vector<std::tuple<ProtocolId, ComponentId, uint32_t, uint64_t>> due;
      for (ProtocolId id : model_.protocols.ids()) {
        for (ComponentId caller : callers) {
          const std::optional<uint64_t> until = evaluator_.until_timeout(id, caller);
          if (!until || *until > next) continue;
          next = *until;
          due.emplace_back(id, caller, evaluator_.state(id, caller), *until);
        }
      }
      for (const auto& [protocol, caller, state, until] : due) {
        if (until == next) waiting_.insert({protocol, caller, state});
      }
      evaluator_.wait(next);
    }
    evaluator_.advance_to(end);
  }

  void play(const TraceStep& step) {
    const Request& request = step.request;
    const EndpointId endpoint = model_.operations[request.operation].endpoint;
    for (const auto& [protocol, caller, state] : waiting_) {
      if (model_.protocols[protocol].endpoint == endpoint && caller == request.caller) {
        mark(CoverageKind::Timeout, protocol, state);
      }
    }
    const Decision decision = evaluator_.decide(request);
    const bool granted = decision.granted();
    if (granted || decision.reason == Reason::Denied) {
      const RuleKind kind = granted ? RuleKind::Allow : RuleKind::Deny;
      for (RuleId rule : rules_[request.operation.value]) {
        if (model_.rules[rule].kind == kind && evaluator_.matches(rule, request)) {
          mark(CoverageKind::Rule, rule.value);
        }
      }
    }
    if (decision.reason == Reason::NoRule) mark(CoverageKind::Refusal, request.caller.value);
    for (ProtocolId id : model_.protocols.ids()) {
      if (model_.protocols[id].endpoint != endpoint) continue;
      if (granted) {
        mark_taken(id, request, Outcome::Granted);
      } else if (decision.reason == Reason::Protocol && !evaluator_.permits(id, request)) {
        if (const auto limit = evaluator_.used_up(id, request))
          mark(CoverageKind::Limit, id, *limit);
      }
    }
    if (!granted) return;
    evaluator_.call(request);
    for (ProtocolId id : model_.protocols.ids()) {
      if (model_.protocols[id].endpoint != endpoint) continue;
      mark_taken(id, request, step.reply == ReplyStatus::Ok ? Outcome::Ok : Outcome::Error);
    }
    evaluator_.reply(request, step.reply);
  }

  void mark_taken(ProtocolId id, const Request& request, Outcome outcome) {
    if (const auto taken = evaluator_.taking(id, request, outcome)) {
      mark(CoverageKind::Transition, id, *taken);
    }
  }

  // Timeouts that run out while a test waits once; after so many only their repetition is left.
  static constexpr size_t MostRounds = 10'000;

  const Model& model_;
  Evaluator evaluator_;
  std::map<ProtocolId, ProtocolId> first_;
  std::vector<std::vector<RuleId>> rules_;  // by operation
  std::vector<CoverageItem>& items_;
  std::map<Key, size_t> index_;
  std::set<std::tuple<ProtocolId, ComponentId, uint32_t>> waiting_;
};

// ---- what the properties notice
// ---------------------------------------------------------------------

bool restricts(const Property& property, ComponentId component) {
  const auto* holds = std::get_if<Holds>(&property.body);
  return holds && std::find(holds->subjects.begin(), holds->subjects.end(), component) !=
                      holds->subjects.end();
}

// The model without the item.
Mutation removal(const Model& model, const CoverageItem& item) {
  Mutation mutation;
  mutation.span = item.span;
  const std::vector<ProtocolId> protocols =
      item.protocol.valid() ? statement_of(model, item.protocol) : std::vector<ProtocolId>();
  switch (item.kind) {
    case CoverageKind::Rule:
      mutation.edit = [rule = item.rule](Model& m) { remove_rule(m, rule); };
      return mutation;
    case CoverageKind::Transition:
      mutation.edit = [protocols, index = item.index](Model& m) {
        remove_transition(m, protocols, index);
      };
      return mutation;
    case CoverageKind::Timeout:
      mutation.edit = [protocols, index = item.index](Model& m) {
        for (ProtocolId id : protocols) m.protocols[id].states[index].timeout.reset();
      };
      return mutation;
    case CoverageKind::Limit:
      mutation.edit = [protocols, index = item.index](Model& m) {
        for (ProtocolId id : protocols) m.protocols[id].transitions[index].at_most.reset();
      };
      return mutation;
    case CoverageKind::Refusal:
      break;
  }
  BH_CHECK(false);
}

void ask_properties(const CheckedModel& model, const CoverageOptions& options, Coverage& coverage) {
  std::optional<Verdicts> verdicts;
  size_t asked = 0;
  for (CoverageItem& item : coverage.items) {
    if (item.tested || model->properties.empty()) continue;
    if (item.kind == CoverageKind::Refusal) {
      item.noticed = std::any_of(model->properties.begin(), model->properties.end(),
                                 [&](const Property& p) { return restricts(p, item.component); });
      continue;
    }
    if (asked == options.most_questions) {
      ++coverage.unasked;
      continue;
    }
    ++asked;
    if (!verdicts) verdicts.emplace(model, options.check);
    const Mutation without = removal(*model, item);
    const std::optional<Notice> notice = verdicts->noticed(mutant(model, without), without);
    item.noticed = notice && notice->property.valid();
  }
}

}  // namespace

size_t Coverage::count(CoverageKind kind) const {
  return static_cast<size_t>(std::count_if(items.begin(), items.end(),
                                           [&](const CoverageItem& i) { return i.kind == kind; }));
}

size_t Coverage::covered(CoverageKind kind) const {
  return static_cast<size_t>(std::count_if(items.begin(), items.end(), [&](const CoverageItem& i) {
    return i.kind == kind && i.covered();
  }));
}

unsigned Coverage::percent() const {
  if (items.empty()) return 100;
  const auto count = static_cast<size_t>(
      std::count_if(items.begin(), items.end(), [](const CoverageItem& i) { return i.covered(); }));
  return static_cast<unsigned>(count * 100 / items.size());
}

Coverage measure_coverage(const CheckedModel& model, const CoverageOptions& options) {
  Coverage coverage;
  coverage.items = list_items(*model, first_of_statement(*model));
  TestCoverage tests(model, coverage.items);
  for (const Test& test : model->tests) tests.run(test);
  ask_properties(model, options, coverage);
  return coverage;
}

std::string_view print_plural(CoverageKind kind) {
  switch (kind) {
    case CoverageKind::Rule:
      return "rules";
    case CoverageKind::Transition:
      return "transitions";
    case CoverageKind::Timeout:
      return "timeouts";
    case CoverageKind::Limit:
      return "limits";
    case CoverageKind::Refusal:
      return "refusals";
  }
  BH_CHECK(false);
}

const std::vector<CoverageKind>& all_coverage_kinds() {
  static const std::vector<CoverageKind> kinds = {CoverageKind::Rule, CoverageKind::Transition,
                                                  CoverageKind::Timeout, CoverageKind::Limit,
                                                  CoverageKind::Refusal};
  return kinds;
}

}  // namespace bh
