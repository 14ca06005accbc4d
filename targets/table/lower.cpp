#include "targets/table/lower.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "targets/table/box.h"
#include "targets/table/records.h"

namespace bh {

namespace {

// One rule as it speaks of one cell of the permission matrix.
struct Mention {
  ComponentId subject;
  OperationId operation;
  RuleId rule;
  ConditionId when;
  auto operator<=>(const Mention&) const = default;
};

}  // namespace

static std::vector<Mention> mentions_of(const Model& model) {
  std::vector<Mention> mentions;
  for (RuleId id : model.rules.ids()) {
    const Rule& rule = model.rules[id];
    for (ComponentId subject : rule.subjects) {
      for (const ConditionalOperation& target : rule.targets) {
        if (!covers(model, target, subject)) continue;
        mentions.push_back({subject, target.operation, id, target.when});
      }
    }
  }
  std::sort(mentions.begin(), mentions.end());
  return mentions;
}

static Box domain_of(const Model& model, const std::vector<Parameter>& parameters) {
  Box box;
  for (const Parameter& parameter : parameters) box.push_back(model.types[parameter.type].domain);
  return box;
}

// Some allow and no deny; nothing when it needs too many boxes, and then `culprit` is the rule that
// did it.
static std::optional<BoxUnion> granted_boxes(const Model& model, const Mention* first,
                                             const Mention* last, RuleId& culprit) {
  const Box domain = domain_of(model, model.method_of(first->operation).parameters);
  std::optional<BoxUnion> granted = BoxUnion{};
  for (RuleKind kind : {RuleKind::Allow, RuleKind::Deny}) {
    for (const Mention* m = first; m != last; ++m) {
      if (model.rules[m->rule].kind != kind) continue;
      culprit = m->rule;
      const std::optional<BoxUnion> boxes = boxes_of(model.conditions, m->when, domain);
      if (!boxes) return std::nullopt;
      granted =
          kind == RuleKind::Allow ? unite(std::move(*granted), *boxes) : subtract(*granted, *boxes);
      if (!granted) return std::nullopt;
    }
  }
  return granted;
}

static uint32_t method_index(const Model& model, OperationId id) {
  const std::vector<OperationId>& operations = model.endpoint_of(id).operations;
  const auto at = std::find(operations.begin(), operations.end(), id);
  BH_CHECK(at != operations.end());
  return static_cast<uint32_t>(at - operations.begin());
}

// The channel of `subject` to an endpoint, made when there is none yet.
static Channel& channel_to(std::vector<Channel>& channels, EndpointId endpoint) {
  for (Channel& channel : channels) {
    if (channel.endpoint == endpoint) return channel;
  }
  return channels.emplace_back(Channel{endpoint, {}, {}});
}

// The rules of one kind among those that speak of a cell, each once.
static std::vector<RuleId> rules_of(const Model& model, RuleKind kind, const Mention* first,
                                    const Mention* last) {
  std::vector<RuleId> rules;
  for (const Mention* m = first; m != last; ++m) {
    if (model.rules[m->rule].kind != kind) continue;
    if (rules.empty() || rules.back() != m->rule) rules.push_back(m->rule);
  }
  return rules;
}

// The records of what each channel refuses.
static void lower_refusals(const Model& model, const std::vector<Mention>& mentions,
                           DecisionTable& table) {
  const Records records(model);
  table.unnamed = records.unnamed();
  std::map<OperationId, RecordProfile> plain;  // where no deny speaks
  for (OperationId id : model.operations.ids()) plain.emplace(id, records.refused(id, {}));
  for (ComponentId subject : model.components.ids()) {
    for (Channel& channel : table.channels[subject]) {
      for (OperationId id : model.endpoints[channel.endpoint].operations) {
        channel.refusals.push_back(plain.at(id));
      }
    }
  }
  const Mention* const end = mentions.data() + mentions.size();
  for (const Mention* first = mentions.data(); first != end;) {
    const Mention* last = std::find_if(first, end, [&](const Mention& m) {
      return m.subject != first->subject || m.operation != first->operation;
    });
    const std::vector<RuleId> denies = rules_of(model, RuleKind::Deny, first, last);
    const EndpointId endpoint = model.operations[first->operation].endpoint;
    for (Channel& channel : table.channels[first->subject]) {
      if (channel.endpoint != endpoint || denies.empty()) continue;
      channel.refusals[method_index(model, first->operation)] =
          records.refused(first->operation, denies);
    }
    first = last;
  }
}

static void sort_channels(std::vector<Channel>& channels) {
  std::sort(channels.begin(), channels.end(),
            [](const Channel& a, const Channel& b) { return a.endpoint < b.endpoint; });
  for (Channel& channel : channels) {
    std::sort(channel.grants.begin(), channel.grants.end(),
              [](const Grant& a, const Grant& b) { return a.method < b.method; });
  }
}

static void lower_rules(const Model& model, DecisionTable& table, const KeptChannels& kept,
                        DiagnosticSink& sink) {
  for (size_t i = 0; i < model.components.size(); ++i) table.channels.add({});
  const std::vector<Mention> mentions = mentions_of(model);
  const Records records(model);
  std::vector<RuleId> reported;
  const Mention* const end = mentions.data() + mentions.size();
  for (const Mention* first = mentions.data(); first != end;) {
    const Mention* last = std::find_if(first, end, [&](const Mention& m) {
      return m.subject != first->subject || m.operation != first->operation;
    });
    RuleId culprit;
    const std::optional<BoxUnion> boxes = granted_boxes(model, first, last, culprit);
    std::optional<ConditionRows> rows;
    if (boxes) rows = rows_of(*boxes);
    if (!rows) {
      if (std::find(reported.begin(), reported.end(), culprit) == reported.end()) {
        const Rule& rule = model.rules[culprit];
        sink.report(rule.condition_span.valid() ? rule.condition_span : rule.span,
                    diag::ConditionTooLarge, rule.name, MaxClauses, print(model, first->operation))
            .help("split the value sets into fewer ranges, or name the operation in fewer rules");
        reported.push_back(culprit);
      }
    } else if (!rows->empty()) {
      Grant grant{method_index(model, first->operation), std::move(*rows), {}, {}};
      grant.record =
          records.granted(first->operation, rules_of(model, RuleKind::Allow, first, last));
      for (const Mention* m = first; m != last; ++m) {
        if (grant.rules.empty() || grant.rules.back() != m->rule) grant.rules.push_back(m->rule);
      }
      const EndpointId endpoint = model.operations[first->operation].endpoint;
      channel_to(table.channels[first->subject], endpoint).grants.push_back(std::move(grant));
    }
    first = last;
  }
  for (uint32_t i = 0; i < kept.size(); ++i) {
    for (EndpointId endpoint : kept[i]) channel_to(table.channels[ComponentId(i)], endpoint);
  }
  for (std::vector<Channel>& channels : table.channels) sort_channels(channels);
  lower_refusals(model, mentions, table);
}

static std::vector<TypeKind> kinds_of(const Model& model,
                                      const std::vector<Parameter>& parameters) {
  std::vector<TypeKind> kinds;
  for (const Parameter& parameter : parameters) kinds.push_back(model.types[parameter.type].kind);
  return kinds;
}

static MethodRow lower_method(const Model& model, OperationId id, DiagnosticSink& sink) {
  const Method& method = model.method_of(id);
  std::optional<ConditionRows> results = rows_of({domain_of(model, method.results)});
  if (!results) {
    sink.report(method.span, diag::ResultTooLarge, method.name, MaxClauses);
    results = ConditionRows{};
  }
  return {id,
          method.kind,
          kinds_of(model, method.parameters),
          kinds_of(model, method.results),
          std::move(*results),
          bad_reply_record(model, id)};
}

static ProtocolTable lower_protocol(const Model& model, ProtocolId id) {
  const Protocol& protocol = model.protocols[id];
  const std::vector<OperationId>& operations = model.endpoints[protocol.endpoint].operations;
  ProtocolTable table{id,
                      protocol.endpoint,
                      protocol.instances,
                      static_cast<uint32_t>(protocol.states.size()),
                      protocol.initial,
                      0,
                      static_cast<uint32_t>(operations.size()),
                      {},
                      {}};
  for (const State& state : protocol.states) {
    table.timeouts.emplace_back();
    if (!state.timeout) continue;
    table.timeouts.back() = StateTimeout{state.timeout->milliseconds, state.timeout->to};
  }
  table.steps.resize(protocol.states.size() * operations.size());
  // Entering another state counts anew, so the states share the numbers of their counters.
  std::vector<uint32_t> counters(protocol.states.size(), 0);
  for (const Transition& t : protocol.transitions) {
    for (uint32_t m = 0; m < operations.size(); ++m) {
      if (model.operations[operations[m]].method != t.method) continue;
      ProtocolStep& step = table.steps[t.from * table.methods + m];
      step.next[static_cast<size_t>(t.outcome)] = t.to;
      step.mover = t.mover;
      step.by = t.by;
      if (t.at_most) step.limit = ProtocolStep::Limit{t.outcome, counters[t.from]++, *t.at_most};
    }
  }
  table.counters = *std::max_element(counters.begin(), counters.end());
  return table;
}

static void lower_endpoints(const Model& model, DecisionTable& table, DiagnosticSink& sink) {
  for (EndpointId id : model.endpoints.ids()) {
    const Endpoint& endpoint = model.endpoints[id];
    EndpointRow row{endpoint.owner, {}, {}};
    for (OperationId operation : endpoint.operations) {
      row.methods.push_back(lower_method(model, operation, sink));
    }
    for (ProtocolId protocol : model.protocols.ids()) {
      if (model.protocols[protocol].endpoint != id) continue;
      row.protocols.push_back(static_cast<uint32_t>(table.protocols.size()));
      table.protocols.push_back(lower_protocol(model, protocol));
    }
    table.endpoints.add(std::move(row));
  }
}

std::optional<DecisionTable> lower(const CheckedModel& model, DiagnosticSink& sink,
                                   const KeptChannels& kept) {
  const size_t errors_before = sink.count(Severity::Error);
  DecisionTable table;
  lower_rules(*model, table, kept, sink);
  lower_endpoints(*model, table, sink);
  if (sink.count(Severity::Error) > errors_before) return std::nullopt;
  return table;
}

}  // namespace bh
