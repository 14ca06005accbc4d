// Any system's table and any calls: the verifier accepts it, the monitor decides inside of it, and
// grants exactly what the system's description grants. Between them reloads: a protocol that goes
// over to the later table is in the state of the same name, and there since the same moment.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/monitor/restrict.h"
#include "targets/microkernel/monitor/verify.h"
#include "targets/microkernel/testing/system_builder.h"

namespace {

using namespace bh::kernel;
using namespace bh::kernel::testing;

void demand(bool holds) {
  if (!holds) std::abort();
}

// The input as a supply of choices; zeros when it is used up.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : at_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }
  uint32_t below(uint32_t bound) { return byte() % bound; }
  uint64_t word() {
    constexpr uint64_t Far[] = {4096, 4097, 1u << 31, ~uint64_t{0}};
    const uint8_t first = byte();
    return first < 0xe0 ? first % 16 : Far[first % 4];
  }

 private:
  const uint8_t* at_;
  size_t left_;
};

Condition condition(Choices& in, uint32_t words) {
  Condition clauses(1 + in.below(2));
  for (auto& clause : clauses) {
    clause.resize(1 + in.below(2));
    for (WordTest& t : clause) {
      t = {static_cast<uint8_t>(in.below(words)), in.word(), in.word(), in.word()};
    }
  }
  return clauses;
}

ProfileSpec profile(Choices& in, bool sampled) {
  ProfileSpec spec;
  const auto about = [&] { return static_cast<uint8_t>(in.below(2) != 0 ? 3 : in.below(2)); };
  spec.who = about();
  spec.what = about();
  spec.why = about();
  for (uint32_t w = 0; w < BH_WORDS; ++w) {
    spec.words[w] = static_cast<uint8_t>(in.below(4));
    if (spec.words[w] == BH_KEEP_MULTIPLE) spec.multiples[w] = 1 + in.word() / 2;
  }
  if (sampled && in.below(3) == 0) spec.one_in = 2, spec.sampler = in.below(3);
  return spec;
}

MethodSpec method(Choices& in) {
  MethodSpec spec;
  spec.arg_words = static_cast<uint8_t>(in.below(BH_WORDS + 1));
  spec.arg_bytes_mask = static_cast<uint8_t>(in.byte() & ((1u << spec.arg_words) - 1));
  spec.event = in.below(4) == 0;
  if (spec.event) return spec;
  spec.result_words = static_cast<uint8_t>(in.below(BH_WORDS + 1));
  spec.result_bytes_mask = static_cast<uint8_t>(in.byte() & ((1u << spec.result_words) - 1));
  if (spec.result_words != 0 && in.below(2) != 0) {
    spec.result_condition = condition(in, spec.result_words);
  }
  spec.results = profile(in, false);
  return spec;
}

ProtocolSpec protocol(Choices& in, uint32_t methods, uint32_t components, size_t number) {
  ProtocolSpec spec;
  spec.name = "protocol" + std::to_string(number);
  spec.instance = in.below(2) != 0 ? BH_INSTANCE_SHARED : BH_INSTANCE_PER_CALLER;
  spec.states = static_cast<uint8_t>(1 + in.below(3));
  spec.initial = static_cast<uint8_t>(in.below(spec.states));
  for (uint32_t i = 0, first = in.below(3); i < spec.states; ++i) {
    spec.state_names.push_back("state" + std::to_string((first + i) % 3));
  }
  const auto state = [&] { return static_cast<uint8_t>(in.below(spec.states)); };
  for (uint32_t n = in.below(5); methods != 0 && n > 0; --n) {
    StepSpec step{state(), in.below(methods), static_cast<bh_outcome>(in.below(3)), state(), 0};
    const bool again = std::any_of(spec.steps.begin(), spec.steps.end(), [&](const StepSpec& s) {
      return s.from == step.from && s.method == step.method;
    });
    if (again) continue;
    if (step.to == step.from) step.at_most = in.below(3);
    if (spec.instance == BH_INSTANCE_SHARED) {
      step.mover = static_cast<bh_mover>(in.below(3));
      if (components > 1 && in.below(2) != 0) {
        step.callers = {{static_cast<uint16_t>(in.below(components))}};
      }
    }
    spec.steps.push_back(step);
  }
  if (in.below(2) != 0) spec.timeouts = {{state(), 1 + in.below(50), state()}};
  return spec;
}

SystemSpec system_of(Choices& in) {
  SystemSpec system;
  system.components.resize(1 + in.below(70));
  const auto components = static_cast<uint32_t>(system.components.size());
  system.endpoints.resize(in.below(4));
  system.unnamed = profile(in, false);
  for (EndpointSpec& endpoint : system.endpoints) {
    endpoint.receiver = static_cast<uint16_t>(in.below(components));
    endpoint.methods.resize(in.below(4));
    for (MethodSpec& m : endpoint.methods) m = method(in);
    for (size_t i = 0, count = in.below(3); i < count; ++i) {
      const auto methods = static_cast<uint32_t>(endpoint.methods.size());
      endpoint.protocols.push_back(protocol(in, methods, components, i));
    }
  }
  for (ComponentSpec& component : system.components) {
    for (uint16_t e = 0; e < system.endpoints.size(); ++e) {
      if (in.below(2) != 0) continue;
      const auto& methods = system.endpoints[e].methods;
      EdgeSpec edge;
      edge.endpoint = e;
      edge.allow = in.byte() & ((1u << methods.size()) - 1);
      edge.audit = in.byte() & edge.allow;
      for (uint32_t m = 0; m < methods.size(); ++m) {
        const bool conditional = (edge.allow >> m & 1) != 0 && methods[m].arg_words != 0;
        if (conditional && in.below(3) == 0) {
          edge.conditions[m] = condition(in, methods[m].arg_words);
        }
        if (in.below(3) == 0) edge.records[m] = {profile(in, true), profile(in, false)};
      }
      component.edges.push_back(edge);
    }
  }
  return system;
}

// A later policy of the same system.
SystemSpec successor_of(const SystemSpec& system, Choices& in) {
  SystemSpec next = system;
  ++next.policy_version;
  for (ComponentSpec& component : next.components) {
    for (EdgeSpec& edge : component.edges) {
      if (in.below(4) == 0) edge.allow = 0, edge.audit = 0, edge.conditions.clear();
    }
  }
  for (EndpointSpec& endpoint : next.endpoints) {
    for (size_t i = 0; i < endpoint.protocols.size(); ++i) {
      if (in.below(2) != 0) continue;
      endpoint.protocols[i] = protocol(in, static_cast<uint32_t>(endpoint.methods.size()),
                                       static_cast<uint32_t>(next.components.size()), i);
    }
  }
  return next;
}

bool meant(const SystemSpec& system, uint32_t subject, uint64_t channel, uint64_t method,
           const uint64_t* words) {
  const auto& edges = system.components[subject].edges;
  if (channel >= edges.size() || method >= BH_METHODS) return false;
  const EdgeSpec& edge = edges[channel];
  if ((edge.allow >> method & 1) == 0) return false;
  const MethodSpec& m = system.endpoints[edge.endpoint].methods[method];
  uint64_t bytes = 0;
  for (uint32_t w = 0; w < BH_WORDS; ++w) {
    if ((m.arg_bytes_mask >> w & 1) == 0) continue;
    if (words[w] > BH_BUFFER_BYTES) return false;
    bytes += words[w];
  }
  if (bytes > BH_BUFFER_BYTES) return false;
  const auto at = edge.conditions.find(static_cast<uint32_t>(method));
  if (at == edge.conditions.end()) return true;
  return std::any_of(at->second.begin(), at->second.end(), [&](const auto& clause) {
    return std::all_of(clause.begin(), clause.end(), [&](const WordTest& t) {
      const uint64_t value = words[t.word] & t.mask;
      return t.low <= value && value <= t.high;
    });
  });
}

// A system and its verified table, with no byte more than the blob has, so that whatever looks
// beyond it is found.
struct Loaded {
  explicit Loaded(SystemSpec of) : system(std::move(of)) {
    const ByteVector blob = build_blob(system);
    storage = std::make_unique<uint64_t[]>(blob.size() / 8);
    std::memcpy(storage.get(), blob.data(), blob.size());
    const Verification v = verify(reinterpret_cast<const uint8_t*>(storage.get()), blob.size());
    demand(v.fault == BH_EXIT_OK);
    table = v.table;
  }
  SystemSpec system;
  std::unique_ptr<uint64_t[]> storage;
  Table table;
};

void same_states(const Table& from, const ProtocolStates& were, const Table& to,
                 const ProtocolStates& are) {
  for (uint32_t i = 0; i < from.count(BH_SECTION_PROTOCOLS); ++i) {
    const bh_protocol& p = from.protocols[i];
    const bh_protocol& q = to.protocols[i];
    if (p.instance != q.instance) continue;
    for (uint32_t subject = 0; subject < from.instances(p); ++subject) {
      const ProtocolInstance& was = were.of(p, subject);
      const ProtocolInstance& is = are.of(q, subject);
      demand(std::strcmp(from.names + from.states[p.state_first + was.state].name,
                         to.names + to.states[q.state_first + is.state].name) == 0);
      demand(is.entered == was.entered && is.holder == was.holder);
    }
  }
}

// Whether it comes into force.
bool reload(const Loaded& from, std::unique_ptr<ProtocolStates>& states, const Loaded& to,
            uint64_t now) {
  demand(may_follow(from.table, to.table) == BH_EXIT_OK);
  auto later = std::make_unique<ProtocolStates>();
  if (!states->carry_over(from.table, to.table, now, *later)) return false;
  same_states(from.table, *states, to.table, *later);
  states = std::move(later);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices in(data, size);
  auto loaded = std::make_unique<Loaded>(system_of(in));
  auto states = std::make_unique<ProtocolStates>();
  uint64_t now = 0;
  states->reset(loaded->table, now, 10);
  while (!in.empty()) {
    if (in.below(16) == 0) {
      auto next = std::make_unique<Loaded>(successor_of(loaded->system, in));
      if (reload(*loaded, states, *next, now)) loaded = std::move(next);
    }
    const SystemSpec& system = loaded->system;
    const Table& table = loaded->table;
    const uint32_t subject = in.below(static_cast<uint32_t>(system.components.size()));
    const uint64_t channel = in.word();
    const uint64_t method = in.word();
    uint64_t words[BH_WORDS];
    for (uint64_t& word : words) word = in.word();
    const Grant grant = decide(table, table.components[subject], channel, method, words);
    demand((grant.method != nullptr) == meant(system, subject, channel, method, words));
    if (grant.method == nullptr) continue;
    now += in.byte();
    const ProtocolCall call{grant.edge->endpoint, subject, static_cast<uint32_t>(method), now};
    if (states->refusing(table, call) != BH_NONE32) continue;
    states->advance(table, call, BH_OUTCOME_CALL);
    const ReplyCheck reply = check_reply(table, *grant.method, words);
    states->advance(table, call, reply.refusal.none() ? BH_OUTCOME_OK : BH_OUTCOME_ERROR);
    bh_audit record{};
    const bh_record& kept = table.records[table.right(*grant.edge).record_first + method];
    restrict(record, table.profiles[kept.refused], AuditKey{{1}});
  }
  return 0;
}
