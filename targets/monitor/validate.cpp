#include "targets/monitor/validate.h"

#include "targets/monitor/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "targets/monitor/validate_records.h"

namespace bh {

namespace {

class Comparison {
 public:
  Comparison(const Model& model, const DecodedPolicy& blob, const Expected& expected)
      : model_(model), blob_(blob), expected_(expected), records_(model, blob) {}

  Validation run() {
    header();
    if (!shapes()) return std::move(out_);
    for (ComponentId id : model_.components.ids()) component(id);
    for (EndpointId id : model_.endpoints.ids()) endpoint(id);
    return std::move(out_);
  }

 private:
  template <class A, class B>
  void same(const A& in_blob, const B& in_policy, const std::string& what) {
    if (in_blob == in_policy) return;
    out_.differences.push_back(
        fmt::format("{}: the table says {}, the policy {}", what, in_blob, in_policy));
  }

  void header() {
    const uint64_t v = blob_.policy_version;
    std::string version = model_.version;
    for (auto dots = std::count(version.begin(), version.end(), '.'); dots < 3; ++dots)
      version += ".0";
    same(fmt::format("{}.{}.{}.{}", v >> 48, v >> 32 & 0xffff, v >> 16 & 0xffff, v & 0xffff),
         version, "policy version");
    same(blob_.budget_ms, expected_.budget_ms, "processor budget in ms");
    const bool limited = model_.monitor && model_.monitor->call_ms;
    same(blob_.call_ms, limited ? *model_.monitor->call_ms : expected_.call_ms,
         "time that a call may take in ms");
    same(blob_.abi_hash, hash_of_blob(), "interface hash");
    if (!records_.same_unnamed()) {
      out_.differences.push_back("records of what has no name keep something else");
    }
  }

  // Without equal numbers of rows nothing else can be compared.
  bool shapes() {
    same(blob_.components.size(), model_.components.size(), "number of components");
    same(blob_.endpoints.size(), model_.endpoints.size(), "number of endpoints");
    if (!out_.differences.empty()) return false;
    for (EndpointId id : model_.endpoints.ids()) {
      const Endpoint& endpoint = model_.endpoints[id];
      same(blob_.endpoints[id.value].methods.size(), endpoint.operations.size(),
           "number of methods of " + name_of(id));
    }
    return out_.differences.empty();
  }

  std::string name_of(EndpointId id) const {
    const Endpoint& endpoint = model_.endpoints[id];
    const std::string& owner = model_.components[endpoint.owner].name;
    return endpoint.name.empty() ? owner : owner + "." + endpoint.name;
  }

  std::string name_of(const DecodedPolicy::Endpoint& endpoint) const {
    const std::string& owner = blob_.components[endpoint.receiver].name;
    return endpoint.name.empty() ? owner : owner + "." + endpoint.name;
  }

  // The hash that the images carry, taken over what the blob itself says (see abi_text).
  uint64_t hash_of_blob() const {
    std::string text;
    for (const DecodedPolicy::Component& component : blob_.components) {
      text += "component " + component.name + "\n";
      for (const DecodedPolicy::Channel& channel : component.channels) {
        text += "channel " + name_of(blob_.endpoints[channel.endpoint]) + "\n";
      }
    }
    const auto words = [](uint32_t count, uint32_t bytes) {
      std::string kinds;
      for (uint32_t w = 0; w < count; ++w) kinds += (bytes >> w & 1) != 0 ? 'b' : 'w';
      return kinds.empty() ? "-" : kinds;
    };
    for (const DecodedPolicy::Endpoint& endpoint : blob_.endpoints) {
      text +=
          "endpoint " + name_of(endpoint) + " " + blob_.components[endpoint.receiver].name + "\n";
      for (const DecodedPolicy::Method& m : endpoint.methods) {
        text += "method " + m.name + (m.event ? " event " : " call ") +
                words(m.argument_words, m.argument_bytes) + " " +
                words(m.result_words, m.result_bytes) + "\n";
      }
    }
    const Sha256 hash = sha256(text);
    uint64_t word = 0;
    for (int i = 7; i >= 0; --i) word = word << 8 | hash[static_cast<size_t>(i)];
    return word;
  }

  // ---- decisions
  // ---------------------------------------------------------------------------------------

  void component(ComponentId id) {
    const DecodedPolicy::Component& row = blob_.components[id.value];
    const std::string& name = model_.components[id].name;
    same(row.name, name, "name of component " + std::to_string(id.value));
    const std::optional<Sha256> image =
        expected_.images.empty() ? std::nullopt : std::optional(expected_.images[id.value]);
    if (row.image != image) out_.differences.push_back(name + ": bound to another image");
    std::vector<const DecodedPolicy::Channel*> to(model_.endpoints.size(), nullptr);
    uint32_t next = 0;
    for (const DecodedPolicy::Channel& channel : row.channels) {
      if (channel.endpoint < next) out_.differences.push_back(name + ": channels out of order");
      next = channel.endpoint + 1;
      to[channel.endpoint] = &channel;
      const DecodedPolicy::Right& right = blob_.rights[channel.right];
      const auto& granted = right.granted;
      if (!records_.same_channel(id, EndpointId(channel.endpoint), right)) {
        out_.differences.push_back(name + ": other records of " +
                                   name_of(blob_.endpoints[channel.endpoint]));
      }
      if (!expected_.revoked && std::count(granted.begin(), granted.end(), Conditions::False) ==
                                    static_cast<std::ptrdiff_t>(granted.size())) {
        out_.differences.push_back(name + ": a channel that grants nothing");
      }
    }
    for (EndpointId endpoint : model_.endpoints.ids()) cells(id, endpoint, to[endpoint.value]);
  }

  void cells(ComponentId subject, EndpointId endpoint, const DecodedPolicy::Channel* channel) {
    const std::vector<OperationId>& operations = model_.endpoints[endpoint].operations;
    out_.decisions += operations.size();
    for (size_t m = 0; channel != nullptr && m < operations.size(); ++m) {
      const ConditionId granted = blob_.rights[channel->right].granted[m];
      if (granted == Conditions::False) continue;
      out_.cells.push_back({subject, operations[m], granted});
    }
  }

  // ---- methods and protocols
  // ---------------------------------------------------------------------------

  void endpoint(EndpointId id) {
    const Endpoint& endpoint = model_.endpoints[id];
    const DecodedPolicy::Endpoint& row = blob_.endpoints[id.value];
    same(row.name, endpoint.name, "name of endpoint " + std::to_string(id.value));
    same(row.receiver, endpoint.owner.value, name_of(id) + ": its owner");
    const auto service = expected_.services ? static_cast<uint32_t>(service_of(model_, id)) : 0;
    same(row.service, service, name_of(id) + ": what the kernel answers");
    for (size_t m = 0; m < endpoint.operations.size(); ++m)
      method(endpoint.operations[m], row.methods[m]);
    std::vector<const Protocol*> protocols;
    for (const Protocol& protocol : model_.protocols) {
      if (protocol.endpoint == id) protocols.push_back(&protocol);
    }
    same(row.protocols.size(), protocols.size(), name_of(id) + ": number of protocols");
    if (row.protocols.size() != protocols.size()) return;
    for (size_t p = 0; p < protocols.size(); ++p) protocol(*protocols[p], row.protocols[p]);
  }

  uint32_t bytes_words(const std::vector<Parameter>& parameters) const {
    uint32_t mask = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
      const bool bytes = model_.types[parameters[i].type].kind == TypeKind::Bytes;
      mask |= static_cast<uint32_t>(bytes) << i;
    }
    return mask;
  }

  void method(OperationId id, const DecodedPolicy::Method& row) {
    const Method& method = model_.method_of(id);
    const std::string what = print(model_, id);
    same(row.name, method.name, what + ": name");
    same(row.event, method.kind == MethodKind::Event, what + ": is an event");
    same(row.argument_words, method.parameters.size(), what + ": argument words");
    same(row.argument_bytes, bytes_words(method.parameters), what + ": bytes arguments");
    same(row.result_words, method.results.size(), what + ": result words");
    same(row.result_bytes, bytes_words(method.results), what + ": bytes results");
    if (!records_.same_bad_reply(id, row.bad_reply)) {
      out_.differences.push_back(what + ": other records of bad replies");
    }
    if (!is_product(row.results, method.results)) {
      out_.differences.push_back(what + ": other results are let through");
    }
  }

  // Whether a condition is, clause by clause, every choice of one interval for each word from its
  // type's domain, the last word changing fastest. Words that may be anything have no test.
  bool is_product(ConditionId id, const std::vector<Parameter>& parameters) const {
    std::vector<std::vector<ConditionId>> clauses = {{}};
    Conditions scratch;
    for (uint32_t word = 0; word < parameters.size(); ++word) {
      const IntervalSet& domain = model_.types[parameters[word].type].domain;
      if (domain.is_all()) continue;
      std::vector<std::vector<ConditionId>> longer;
      for (const std::vector<ConditionId>& clause : clauses) {
        for (const Interval& i : domain.intervals()) {
          longer.push_back(clause);
          longer.back().push_back(scratch.in(word, IntervalSet::range(i.low, i.high)));
        }
      }
      clauses = std::move(longer);
    }
    std::vector<ConditionId> all;
    for (const std::vector<ConditionId>& clause : clauses) all.push_back(scratch.all_of(clause));
    return same_tree(blob_.conditions, id, scratch, scratch.any_of(all));
  }

  // As deep as the conditions of a table: an Or of Ands.
  static bool same_tree(const Conditions& a, ConditionId x, const Conditions& b, ConditionId y) {
    const Condition& left = a[x];
    const Condition& right = b[y];
    if (left.kind != right.kind || left.word != right.word || left.set != right.set ||
        left.operands.size() != right.operands.size()) {
      return false;
    }
    for (size_t i = 0; i < left.operands.size(); ++i) {
      if (!same_tree(a, left.operands[i], b, right.operands[i])) return false;
    }
    return true;
  }

  void protocol(const Protocol& protocol, const DecodedPolicy::Protocol& row) {
    same(row.name, protocol.name, "name of protocol " + protocol.name);
    same(row.per_caller, protocol.instances == InstanceKind::PerCaller,
         protocol.name + ": per caller");
    same(row.states.size(), protocol.states.size(), protocol.name + ": number of states");
    same(row.initial, protocol.initial, protocol.name + ": initial state");
    if (row.states.size() != protocol.states.size()) return;
    uint32_t most_counters = 0;
    for (uint32_t state = 0; state < row.states.size(); ++state) {
      timeout(protocol, state, row.states[state]);
      most_counters = std::max(most_counters, state_rows(protocol, state, row));
    }
    same(row.counters, most_counters, protocol.name + ": counters");
  }

  void timeout(const Protocol& protocol, uint32_t state, const DecodedPolicy::State& row) {
    DecodedPolicy::State wanted{protocol.states[state].name, 0, {}};
    if (const std::optional<Timeout>& timeout = protocol.states[state].timeout) {
      wanted.timeout_ms = timeout->milliseconds;
      wanted.next = timeout->to;
    }
    if (row == wanted) return;
    out_.differences.push_back(fmt::format("{}: another name or timeout of state {}", protocol.name,
                                           protocol.states[state].name));
  }

  // Empty when it is everyone.
  std::vector<uint64_t> callers(const Transition& t) const {
    std::vector<uint64_t> set((model_.components.size() + 63) / 64);
    bool everyone = true;
    for (ComponentId id : model_.components.ids()) {
      const bool may = !t.by || std::find(t.by->begin(), t.by->end(), id) != t.by->end();
      set[id.value / 64] |= uint64_t{may} << id.value % 64;
      everyone &= may;
    }
    return everyone ? std::vector<uint64_t>() : set;
  }

  // The rows of one state; the number of its limited transitions. The n-th of them has counter n.
  uint32_t state_rows(const Protocol& protocol, uint32_t state,
                      const DecodedPolicy::Protocol& row) {
    std::map<MethodId, DecodedPolicy::Step> wanted;
    uint32_t counters = 0;
    for (const Transition& t : protocol.transitions) {
      if (t.from != state) continue;
      DecodedPolicy::Step& step = wanted[t.method];
      step.next[static_cast<size_t>(t.outcome)] = t.to;
      step.mover = t.mover == Mover::Anyone ? 0 : t.mover == Mover::Same ? 1 : 2;
      step.callers = callers(t);
      if (!t.at_most) continue;
      step.limited = static_cast<uint32_t>(t.outcome);
      step.limit = *t.at_most;
      step.counter = counters++;
    }
    const std::vector<OperationId>& operations = model_.endpoints[protocol.endpoint].operations;
    for (size_t m = 0; m < operations.size(); ++m) {
      ++out_.protocol_rows;
      if (row.steps[state * operations.size() + m] ==
          wanted[model_.operations[operations[m]].method])
        continue;
      out_.differences.push_back(fmt::format("{}: other steps for {} in state {}", protocol.name,
                                             model_.method_of(operations[m]).name,
                                             protocol.states[state].name));
    }
    return counters;
  }

  const Model& model_;
  const DecodedPolicy& blob_;
  const Expected& expected_;
  RecordComparison records_;
  Validation out_;
};

}  // namespace

Validation validate(const CheckedModel& model, const DecodedPolicy& blob,
                    const Expected& expected) {
  return Comparison(*model, blob, expected).run();
}

}  // namespace bh
