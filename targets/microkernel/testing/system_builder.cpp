#include "targets/microkernel/testing/system_builder.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "targets/image/pack.h"
#include "targets/microkernel/monitor/sha256.h"

namespace bh::kernel::testing {
namespace {

template <typename Row>
void append(ByteVector& bytes, const Row& row) {
  bytes.resize(bytes.size() + sizeof row);
  std::memcpy(bytes.data() + bytes.size() - sizeof row, &row, sizeof row);
}

void pad(ByteVector& bytes, size_t to) { bytes.resize((bytes.size() + to - 1) / to * to); }

struct Rows {
  std::vector<bh_component> components;
  std::vector<bh_image> images;
  std::vector<bh_edge> edges;
  std::vector<bh_right> rights;
  std::vector<bh_record> records;
  std::vector<bh_profile> profiles;
  std::vector<bh_endpoint> endpoints;
  std::vector<bh_method> methods;
  std::vector<uint32_t> conditions;
  std::vector<bh_test> tests;
  std::vector<bh_protocol> protocols;
  std::vector<bh_state> states;
  std::vector<bh_step> steps;
  std::vector<uint64_t> callers;

  // Which specification each shared row stands for.
  struct Right {
    uint32_t method_first;
    EdgeSpec spec;  // its endpoint apart
  };
  std::vector<Right> right_specs;
  std::vector<std::vector<bh_record>> record_lists;
  std::vector<ProfileSpec> profile_specs;
  std::vector<uint32_t> samplers;
  std::vector<std::vector<MethodSpec>> interfaces;
  std::vector<uint32_t> interface_first;
  std::vector<std::vector<uint16_t>> caller_sets;
  std::vector<char> names = {0};
};

uint32_t size32(size_t n) { return static_cast<uint32_t>(n); }

// The index of `value`, appended unless it is there.
template <typename T>
size_t met(std::vector<T>& values, const T& value) {
  const auto at = std::find(values.begin(), values.end(), value);
  if (at != values.end()) return static_cast<size_t>(at - values.begin());
  values.push_back(value);
  return values.size() - 1;
}

uint16_t add_profile(Rows& rows, const ProfileSpec& spec) {
  const size_t index = met(rows.profile_specs, spec);
  if (index == rows.profiles.size()) {
    bh_profile row{};
    row.who = spec.who;
    row.what = spec.what;
    row.why = spec.why;
    std::copy(spec.words.begin(), spec.words.end(), row.words);
    std::copy(spec.multiples.begin(), spec.multiples.end(), row.multiples);
    row.one_in = spec.one_in;
    row.sample = spec.one_in == 1 ? BH_NONE32 : size32(met(rows.samplers, spec.sampler));
    rows.profiles.push_back(row);
  }
  return static_cast<uint16_t>(index);
}

uint32_t add_records(Rows& rows, const EdgeSpec& spec, uint32_t methods) {
  std::vector<bh_record> list;
  for (uint32_t method = 0; method < methods; ++method) {
    const auto at = spec.records.find(method);
    const RecordSpec record = at == spec.records.end() ? RecordSpec{} : at->second;
    const bool audited = (spec.audit >> method & 1) != 0;
    list.push_back({audited ? add_profile(rows, record.granted) : uint16_t{BH_NONE16}, 0});
    list.back().refused = add_profile(rows, record.refused);
  }
  const auto same = [&](const bh_record& a, const bh_record& b) {
    return a.granted == b.granted && a.refused == b.refused;
  };
  uint32_t first = 0;
  for (const std::vector<bh_record>& known : rows.record_lists) {
    if (std::equal(known.begin(), known.end(), list.begin(), list.end(), same)) return first;
    first += size32(known.size());
  }
  rows.record_lists.push_back(list);
  rows.records.insert(rows.records.end(), list.begin(), list.end());
  return first;
}

uint32_t add_name(Rows& rows, const std::string& name) {
  if (name.empty()) return 0;
  const uint32_t at = size32(rows.names.size());
  rows.names.insert(rows.names.end(), name.begin(), name.end());
  rows.names.push_back(0);
  return at;
}

uint32_t add_condition(Rows& rows, const Condition& condition) {
  uint32_t first = size32(rows.tests.size());
  for (const auto& clause : condition) {
    for (const WordTest& t : clause) {
      bh_test row{};
      row.mask = t.mask;
      row.low = t.low;
      row.high = t.high;
      row.word = t.word;
      rows.tests.push_back(row);
    }
    rows.tests.back().last_of_clause = 1;
  }
  rows.tests.back().last_of_rule = 1;
  return first;
}

void add_states(Rows& rows, const ProtocolSpec& spec, bh_protocol& protocol) {
  protocol.state_first = size32(rows.states.size());
  rows.states.resize(rows.states.size() + spec.states, bh_state{0, 0, BH_NONE8, {}});
  for (const TimeoutSpec& timeout : spec.timeouts) {
    rows.states[protocol.state_first + timeout.from] = {timeout.ms, 0, timeout.to, {}};
  }
  for (size_t i = 0; i < spec.state_names.size(); ++i) {
    rows.states[protocol.state_first + i].name = add_name(rows, spec.state_names[i]);
  }
}

uint16_t add_callers(Rows& rows, const std::vector<uint16_t>& set, size_t components) {
  const size_t index = met(rows.caller_sets, set);
  const size_t words = (components + 63) / 64;
  if (index * words == rows.callers.size()) {
    rows.callers.resize(rows.callers.size() + words);
    for (uint16_t c : set) rows.callers[index * words + c / 64] |= uint64_t{1} << c % 64;
  }
  return static_cast<uint16_t>(index);
}

void add_steps(Rows& rows, const ProtocolSpec& spec, uint32_t methods, size_t components,
               bh_protocol& protocol) {
  bh_step none{};
  for (uint8_t& next : none.next) next = BH_NONE8;
  none.limited = BH_NONE8;
  none.counter = BH_NONE8;
  none.callers = BH_NONE16;
  rows.steps.resize(rows.steps.size() + spec.states * methods, none);
  std::vector<uint8_t> used(spec.states);
  std::map<bh_step*, std::vector<uint16_t>> sets;  // in the order of the rows
  for (const StepSpec& step : spec.steps) {
    bh_step& row = rows.steps[protocol.step_first + step.from * methods + step.method];
    row.next[step.outcome] = step.to;
    row.mover = static_cast<uint8_t>(step.mover);
    if (step.callers) sets[&row] = *step.callers;
    if (step.at_most == 0) continue;
    row.limited = static_cast<uint8_t>(step.outcome);
    row.counter = used[step.from]++;
    row.limit = step.at_most;
    protocol.counter_count = std::max(protocol.counter_count, used[step.from]);
  }
  for (const auto& [row, set] : sets) row->callers = add_callers(rows, set, components);
}

uint32_t add_methods(Rows& rows, const std::vector<MethodSpec>& methods) {
  if (methods.empty()) return 0;
  const size_t index = met(rows.interfaces, methods);
  if (index < rows.interface_first.size()) return rows.interface_first[index];
  rows.interface_first.push_back(size32(rows.methods.size()));
  for (const MethodSpec& m : methods) {
    bh_method row{};
    row.arg_words = m.arg_words;
    row.arg_bytes_mask = m.arg_bytes_mask;
    row.result_words = m.result_words;
    row.result_bytes_mask = m.result_bytes_mask;
    row.result_condition = BH_NONE32;
    row.flags = m.event ? uint8_t{BH_METHOD_EVENT} : uint8_t{0};
    rows.methods.push_back(row);
  }
  rows.methods.back().flags |= BH_METHOD_LAST;
  return rows.interface_first.back();
}

void add_endpoints(Rows& rows, const SystemSpec& system) {
  uint32_t instances = 0;
  for (const EndpointSpec& spec : system.endpoints) {
    bh_endpoint endpoint{};
    endpoint.receiver = spec.receiver;
    endpoint.method_count = static_cast<uint8_t>(spec.methods.size());
    endpoint.service = static_cast<uint8_t>(spec.service);
    endpoint.protocol_first = static_cast<uint16_t>(rows.protocols.size());
    endpoint.protocol_count = static_cast<uint16_t>(spec.protocols.size());
    endpoint.method_first = add_methods(rows, spec.methods);
    for (const ProtocolSpec& p : spec.protocols) {
      bh_protocol row{};
      row.endpoint = static_cast<uint16_t>(rows.endpoints.size());
      row.instance = static_cast<uint8_t>(p.instance);
      row.state_count = p.states;
      row.initial = p.initial;
      row.name = add_name(rows, p.name);
      row.step_first = size32(rows.steps.size());
      row.instance_first = instances;
      instances += p.instance == BH_INSTANCE_PER_CALLER ? size32(system.components.size()) : 1;
      add_states(rows, p, row);
      add_steps(rows, p, endpoint.method_count, system.components.size(), row);
      rows.protocols.push_back(row);
    }
    rows.endpoints.push_back(endpoint);
  }
}

bool same_right(const EdgeSpec& a, const EdgeSpec& b) {
  const auto same = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.granted == y.second.granted &&
           x.second.refused == y.second.refused;
  };
  return a.allow == b.allow && a.audit == b.audit && a.conditions == b.conditions &&
         std::equal(a.records.begin(), a.records.end(), b.records.begin(), b.records.end(), same);
}

void add_edge(Rows& rows, const EdgeSpec& spec) {
  const bh_endpoint& endpoint = rows.endpoints.at(spec.endpoint);
  size_t index = 0;
  while (index < rows.right_specs.size() &&
         (rows.right_specs[index].method_first != endpoint.method_first ||
          !same_right(rows.right_specs[index].spec, spec))) {
    ++index;
  }
  rows.edges.push_back({static_cast<uint16_t>(index), spec.endpoint});
  if (index < rows.rights.size()) return;
  rows.right_specs.push_back({endpoint.method_first, spec});
  bh_right right{};
  right.allow = spec.allow;
  right.audit = spec.audit;
  right.condition_first = size32(rows.conditions.size());
  right.method_first = endpoint.method_first;
  right.record_first = add_records(rows, spec, endpoint.method_count);
  for (const auto& [method, condition] : spec.conditions) {
    right.conditional |= 1u << method;
    rows.conditions.push_back(add_condition(rows, condition));
  }
  rows.rights.push_back(right);
}

void add_components(Rows& rows, const SystemSpec& system) {
  for (const ComponentSpec& spec : system.components) {
    bh_component component{};
    component.edge_first = size32(rows.edges.size());
    component.edge_count = static_cast<uint16_t>(spec.edges.size());
    component.image = BH_NONE16;
    if (!spec.bound_image.empty()) {
      Digest digest = sha256(spec.bound_image.data(), spec.bound_image.size());
      component.image = static_cast<uint16_t>(rows.images.size());
      std::memcpy(rows.images.emplace_back().sha256, digest.bytes, sizeof digest.bytes);
    }
    for (const EdgeSpec& edge : spec.edges) add_edge(rows, edge);
    rows.components.push_back(component);
  }
}

void add_results(Rows& rows) {
  size_t method = 0;
  for (const std::vector<MethodSpec>& interface : rows.interfaces) {
    for (const MethodSpec& m : interface) {
      bh_method& row = rows.methods[method++];
      row.results = add_profile(rows, m.results);
      if (!m.result_condition.empty())
        row.result_condition = add_condition(rows, m.result_condition);
    }
  }
}

template <typename Row>
void add_section(ByteVector& blob, bh_header& header, bh_section section,
                 const std::vector<Row>& rows) {
  header.sections[section] = {size32(blob.size()), size32(rows.size())};
  for (const Row& row : rows) append(blob, row);
  pad(blob, 8);
}

// Adds the machine, behind all other endpoints, and the channels to it of those who may end it.
SystemSpec with_machine(SystemSpec system) {
  const auto machine = static_cast<uint16_t>(system.endpoints.size());
  bool any = false;
  for (ComponentSpec& component : system.components) {
    if (component.ends) component.edges.push_back({machine, 1 << BH_MACHINE_SHUTDOWN, 0, {}});
    any |= component.ends;
  }
  if (any) system.endpoints.push_back({0, {{1, 0, 0, 0, false, {}}}, {}, BH_SERVICE_MACHINE});
  return system;
}

}  // namespace

ByteVector build_blob(const SystemSpec& spec) {
  const SystemSpec system = with_machine(spec);
  Rows rows;
  add_profile(rows, system.unnamed);
  add_endpoints(rows, system);
  add_components(rows, system);
  add_results(rows);

  bh_header header{};
  ByteVector blob(sizeof header);
  add_section(blob, header, BH_SECTION_COMPONENTS, rows.components);
  add_section(blob, header, BH_SECTION_IMAGES, rows.images);
  add_section(blob, header, BH_SECTION_EDGES, rows.edges);
  add_section(blob, header, BH_SECTION_RIGHTS, rows.rights);
  add_section(blob, header, BH_SECTION_CONDITIONS, rows.conditions);
  add_section(blob, header, BH_SECTION_RECORDS, rows.records);
  add_section(blob, header, BH_SECTION_PROFILES, rows.profiles);
  add_section(blob, header, BH_SECTION_ENDPOINTS, rows.endpoints);
  add_section(blob, header, BH_SECTION_METHODS, rows.methods);
  add_section(blob, header, BH_SECTION_TESTS, rows.tests);
  add_section(blob, header, BH_SECTION_PROTOCOLS, rows.protocols);
  add_section(blob, header, BH_SECTION_STATES, rows.states);
  add_section(blob, header, BH_SECTION_STEPS, rows.steps);
  add_section(blob, header, BH_SECTION_CALLERS, rows.callers);
  add_section(blob, header, BH_SECTION_NAMES, rows.names);

  header.magic = BH_MAGIC;
  header.format_version = BH_FORMAT_VERSION;
  header.total_bytes = size32(blob.size());
  header.abi_hash = system.abi_hash;
  header.policy_version = system.policy_version;
  header.budget_ms = system.budget_ms;
  header.call_ms = system.call_ms;
  std::memcpy(blob.data(), &header, sizeof header);
  seal_blob(blob);
  return blob;
}

void seal_blob(ByteVector& blob) {
  constexpr size_t From = offsetof(bh_header, format_version);
  Digest digest = sha256(blob.data() + From, blob.size() - From);
  std::memcpy(blob.data() + offsetof(bh_header, sha256), digest.bytes, sizeof digest.bytes);
}

static std::string text_of(const ByteVector& bytes) { return {bytes.begin(), bytes.end()}; }

ByteVector build_archive(const std::vector<ByteVector>& images, uint32_t flags,
                         uint32_t run_limit_ms, const AuditKey& key) {
  std::vector<std::string> files;
  for (const ByteVector& image : images) files.push_back(text_of(image));
  const std::string_view audit_key(reinterpret_cast<const char*>(key.bytes), sizeof key.bytes);
  const std::string store = pack_store(files, flags, run_limit_ms, audit_key);
  return {store.begin(), store.end()};
}

ByteVector build_image(const ImageSpec& spec) {
  const std::string image =
      pack_system({text_of(spec.blob), text_of(spec.archive), text_of(spec.salt), spec.healthy_ms});
  return {image.begin(), image.end()};
}

void seal_image(ByteVector& image) { seal_system(image); }

ByteVector digest_of(const ByteVector& image) {
  const auto at = image.begin() + offsetof(bh_system, sha256);
  return {at, at + sizeof(bh_system::sha256)};
}

}  // namespace bh::kernel::testing
