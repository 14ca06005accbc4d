// The monitor's decision on the host, beside a hash map that answers the same questions, and how
// long the tables are: policies of N components with 16 channels each, mixed requests of which an
// eighth is refused. `straight` is what the kernel's straight path asks before it delivers,
// `general` all that the general path settles before protocols (endpoint, signature, bytes).
// `ns_per_decision` holds all that the loop does; what of it is for reading a request that was made
// before, `reading` tells: the same loop without a decision. Prints Google Benchmark's JSON;
// `table_bytes` and `bytes_per_edge` are counters.
//
// At 4,096 components `straight` waits for memory: 256 KiB of masks beside 256 KiB of requests, in
// a second-level cache of 512 KiB; one read of such masks alone, without looking for the component,
// takes 1.9 ns there. What else was tried, in ns with reading at 64 and at 4,096, where this takes
// 1.6 and 2.4: masks of 8 bits 1.5 and 2.0 (but an endpoint has up to 32 methods), one bit a method
// 2.2 and 2.8, rights of 16 bits that lead to masks 1.9 and 2.5, masks beside their number 1.6 and
// 2.6, edges that lead to rights that lead to masks 2.0 and 3.3.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <unordered_map>

#include "core/base/check.h"
#include "lang/compile.h"
#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/monitor/verify.h"
#include "targets/monitor/emit.h"
#include "targets/table/lower.h"

namespace {

using namespace bh;

constexpr uint32_t Channels = 16;
constexpr uint32_t Methods = 8;
constexpr size_t Requests = 1 << 16;

// Component i may call the 16 after it (in strides, so that neighbours do not share lines), each by
// one of 28 sets of methods.
std::string policy_text(uint32_t components) {
  std::string text = "policy bench 1.0\nlattice secrecy { open }\ninterface I {\n";
  for (uint32_t m = 0; m < Methods; ++m) text += fmt::format("  call m{}(a: u64, b: u64)\n", m);
  text += "}\n";
  for (uint32_t i = 0; i < components; ++i) {
    text += fmt::format("component Component{} {{ label open  provides port: I }}\n", i);
  }
  for (uint32_t i = 0; i < components; ++i) {
    for (uint32_t c = 1; c <= Channels; ++c) {
      const uint32_t to = (i + c * 3) % components;
      const uint32_t set = (i * 7 + c * 5) % 28;
      const uint32_t first = set % 7;
      text += fmt::format("allow r{}_{}: Component{} -> Component{}.port.{{m{}, m{}", i, c, i, to,
                          first, first + 1);
      for (uint32_t m = first + 2; m < Methods && m < first + 2 + set / 7; ++m) {
        text += fmt::format(", m{}", m);
      }
      text += "}\n";
    }
  }
  return text;
}

struct Request {
  uint16_t subject;
  uint8_t channel, method;
};

// What the map is asked: it knows no channels.
struct NamedRequest {
  uint16_t subject, endpoint;
  uint8_t method;
};

struct System {
  std::vector<uint64_t> blob;
  size_t bytes = 0;
  kernel::Table table;
  std::vector<uint32_t> first;                 // edge of each component, and their number
  std::vector<uint32_t> plain;                 // by edge, as the kernel keeps it
  std::unordered_map<uint64_t, uint32_t> map;  // subject and endpoint -> granted methods
  std::vector<Request> requests;
  std::vector<NamedRequest> named;  // the same
};

uint64_t key(uint32_t subject, uint32_t endpoint) { return uint64_t{subject} << 32 | endpoint; }

std::vector<std::byte> blob_of(uint32_t components) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("bench.bh", policy_text(components));
  const std::optional<CheckedModel> model = compile(sources, {file}, sink);
  BH_CHECK(model.has_value());
  const std::optional<DecisionTable> table = lower(*model, sink);
  BH_CHECK(table.has_value());
  const auto blob = emit_blob(**model, *table, {}, sink);
  BH_CHECK(blob.has_value());
  return *blob;
}

void add_requests(System& system) {
  uint64_t state = 1;
  const auto below = [&](uint64_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<uint32_t>((state >> 33) % bound);
  };
  const kernel::Table& table = system.table;
  while (system.requests.size() < Requests) {
    const auto subject = static_cast<uint16_t>(below(table.count(BH_SECTION_COMPONENTS)));
    const auto channel = static_cast<uint8_t>(below(Channels));
    const bh_edge& edge = table.edges[table.components[subject].edge_first + channel];
    auto method = static_cast<uint8_t>(below(Methods));
    const bool wanted = below(5) != 0;
    while (wanted && (table.right(edge).allow >> method & 1) == 0) {
      method = static_cast<uint8_t>(below(Methods));
    }
    system.requests.push_back({subject, channel, method});
    system.named.push_back({subject, edge.endpoint, method});
  }
}

const System& system_of(uint32_t components) {
  static std::unordered_map<uint32_t, std::unique_ptr<System>> made;
  std::unique_ptr<System>& system = made[components];
  if (system != nullptr) return *system;
  system = std::make_unique<System>();
  const std::vector<std::byte> blob = blob_of(components);
  system->bytes = blob.size();
  system->blob.resize(blob.size() / 8);
  std::memcpy(system->blob.data(), blob.data(), blob.size());
  const kernel::Verification v =
      kernel::verify(reinterpret_cast<const uint8_t*>(system->blob.data()), blob.size());
  BH_CHECK(v.fault == BH_EXIT_OK);
  system->table = v.table;
  for (uint32_t s = 0; s < components; ++s) {
    const bh_component& component = v.table.components[s];
    system->first.push_back(component.edge_first);
    for (uint32_t c = 0; c < component.edge_count; ++c) {
      const bh_edge& edge = v.table.edges[component.edge_first + c];
      const bh_right& right = v.table.right(edge);
      system->plain.push_back(kernel::plain_methods(v.table, right) & ~right.conditional);
      system->map[key(s, edge.endpoint)] = right.allow;
    }
  }
  system->first.push_back(v.table.count(BH_SECTION_EDGES));
  add_requests(*system);
  return *system;
}

bool by_table(const System& system, const Request& r, const uint64_t* words) {
  return kernel::decide(system.table, system.table.components[r.subject], r.channel, r.method,
                        words)
             .method != nullptr;
}

bool by_straight_path(const System& system, const Request& r) {
  const uint32_t first = system.first[r.subject];
  const uint32_t count = system.first[r.subject + 1u] - first;
  return kernel::plainly_granted(system.plain.data() + first, count, r.channel, r.method);
}

bool by_map(const System& system, const NamedRequest& r) {
  const auto at = system.map.find(key(r.subject, r.endpoint));
  return at != system.map.end() && (at->second >> r.method & 1) != 0;
}

template <typename Asked, typename Decide>
void run(benchmark::State& state, const std::vector<Asked>& requests, Decide decide) {
  size_t granted = 0;
  for (auto _ : state) {
    granted = 0;
    for (const Asked& r : requests) granted += decide(r);
    benchmark::DoNotOptimize(granted);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Requests));
  state.counters["ns_per_decision"] = benchmark::Counter(
      1e-9 * Requests, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["granted_percent"] = 100.0 * static_cast<double>(granted) / Requests;
}

void reading(benchmark::State& state) {
  const System& system = system_of(static_cast<uint32_t>(state.range(0)));
  run(state, system.requests,
      [](const Request& r) { return (r.subject ^ r.channel ^ r.method) & 1; });
}

void general(benchmark::State& state) {
  const System& system = system_of(static_cast<uint32_t>(state.range(0)));
  const uint64_t words[BH_WORDS] = {1, 2};
  run(state, system.requests, [&](const Request& r) { return by_table(system, r, words); });
}

void straight(benchmark::State& state) {
  const auto components = static_cast<uint32_t>(state.range(0));
  const System& system = system_of(components);
  run(state, system.requests, [&](const Request& r) { return by_straight_path(system, r); });
  state.counters["table_bytes"] = static_cast<double>(system.bytes);
  state.counters["bytes_per_edge"] =
      static_cast<double>(system.bytes) / (components * double{Channels});
}

void unordered_map(benchmark::State& state) {
  const System& system = system_of(static_cast<uint32_t>(state.range(0)));
  const uint64_t words[BH_WORDS] = {1, 2};
  for (size_t i = 0; i < Requests; ++i) {
    const Request& r = system.requests[i];
    const bool granted = by_table(system, r, words);
    BH_CHECK(by_map(system, system.named[i]) == granted && by_straight_path(system, r) == granted);
  }
  run(state, system.named, [&](const NamedRequest& r) { return by_map(system, r); });
}

BENCHMARK(reading)->Arg(64)->Arg(4096);
BENCHMARK(straight)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);
BENCHMARK(general)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);
BENCHMARK(unordered_map)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);

}  // namespace

BENCHMARK_MAIN();
