// The monitor's decision on the host, beside a hash map that answers the same questions, and how
// long the tables are: policies of N components with 16 channels each, mixed requests of which an
// eighth is refused. `straight` is what the kernel's straight path asks before it delivers,
// `general` all that the general path settles before protocols (endpoint, signature, bytes). Prints
// Google Benchmark's JSON; `table_bytes` and `bytes_per_edge` are counters.
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
  uint32_t subject, channel, endpoint, method;
};

struct System {
  std::vector<uint64_t> blob;
  size_t bytes = 0;
  kernel::Table table;
  std::vector<uint32_t> plain;                 // by right, as the kernel keeps it
  std::unordered_map<uint64_t, uint32_t> map;  // subject and endpoint -> granted methods
  std::vector<Request> requests;
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
    const uint32_t subject = below(table.count(BH_SECTION_COMPONENTS));
    const uint32_t channel = below(Channels);
    const bh_edge& edge = table.edges[table.components[subject].edge_first + channel];
    uint32_t method = below(Methods);
    const bool wanted = below(5) != 0;
    while (wanted && (table.right(edge).allow >> method & 1) == 0) method = below(Methods);
    system.requests.push_back({subject, channel, edge.endpoint, method});
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
  for (uint32_t r = 0; r < v.table.count(BH_SECTION_RIGHTS); ++r) {
    system->plain.push_back(kernel::plain_methods(v.table, v.table.rights[r]));
  }
  for (uint32_t s = 0; s < components; ++s) {
    const bh_component& component = v.table.components[s];
    for (uint32_t c = 0; c < component.edge_count; ++c) {
      const bh_edge& edge = v.table.edges[component.edge_first + c];
      system->map[key(s, edge.endpoint)] = v.table.right(edge).allow;
    }
  }
  add_requests(*system);
  return *system;
}

bool by_table(const System& system, const Request& r, const uint64_t* words) {
  return kernel::decide(system.table, system.table.components[r.subject], r.channel, r.method,
                        words)
             .method != nullptr;
}

bool by_straight_path(const System& system, const Request& r) {
  const bh_component& subject = system.table.components[r.subject];
  return kernel::plainly_granted(system.table.edges + subject.edge_first, subject.edge_count,
                                 system.plain.data(), r.channel, r.method);
}

bool by_map(const System& system, const Request& r) {
  const auto at = system.map.find(key(r.subject, r.endpoint));
  return at != system.map.end() && (at->second >> r.method & 1) != 0;
}

template <typename Decide>
void run(benchmark::State& state, const System& system, Decide decide) {
  size_t granted = 0;
  for (auto _ : state) {
    granted = 0;
    for (const Request& r : system.requests) granted += decide(r);
    benchmark::DoNotOptimize(granted);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Requests));
  state.counters["ns_per_decision"] = benchmark::Counter(
      1e-9 * Requests, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["granted_percent"] = 100.0 * static_cast<double>(granted) / Requests;
}

void general(benchmark::State& state) {
  const System& system = system_of(static_cast<uint32_t>(state.range(0)));
  const uint64_t words[BH_WORDS] = {1, 2};
  run(state, system, [&](const Request& r) { return by_table(system, r, words); });
}

void straight(benchmark::State& state) {
  const auto components = static_cast<uint32_t>(state.range(0));
  const System& system = system_of(components);
  run(state, system, [&](const Request& r) { return by_straight_path(system, r); });
  state.counters["table_bytes"] = static_cast<double>(system.bytes);
  state.counters["bytes_per_edge"] =
      static_cast<double>(system.bytes) / (components * double{Channels});
}

void unordered_map(benchmark::State& state) {
  const System& system = system_of(static_cast<uint32_t>(state.range(0)));
  const uint64_t words[BH_WORDS] = {1, 2};
  for (const Request& r : system.requests) {
    const bool granted = by_table(system, r, words);
    BH_CHECK(by_map(system, r) == granted && by_straight_path(system, r) == granted);
  }
  run(state, system, [&](const Request& r) { return by_map(system, r); });
}

BENCHMARK(straight)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);
BENCHMARK(general)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);
BENCHMARK(unordered_map)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);

}  // namespace

BENCHMARK_MAIN();
