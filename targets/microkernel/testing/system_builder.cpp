#include "targets/microkernel/testing/system_builder.h"

#include <bit>
#include <cstddef>
#include <cstring>

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
  std::vector<bh_edge> edges;
  std::vector<bh_endpoint> endpoints;
  std::vector<bh_method> methods;
  std::vector<uint32_t> conditions;
  std::vector<bh_test> tests;
  std::vector<bh_protocol> protocols;
  std::vector<bh_state> states;
  std::vector<bh_step> steps;
};

uint32_t size32(size_t n) { return static_cast<uint32_t>(n); }

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
  rows.states.resize(rows.states.size() + spec.states, bh_state{0, BH_NONE8, {}});
  for (const TimeoutSpec& timeout : spec.timeouts) {
    rows.states[protocol.state_first + timeout.from] = {timeout.ms, timeout.to, {}};
  }
}

void add_steps(Rows& rows, const ProtocolSpec& spec, uint32_t methods, uint64_t everyone,
               bh_protocol& protocol) {
  bh_step none{};
  for (uint8_t& next : none.next) next = BH_NONE8;
  none.limited = BH_NONE8;
  none.counter = BH_NONE8;
  rows.steps.resize(rows.steps.size() + spec.states * methods, none);
  std::vector<uint8_t> used(spec.states);
  for (const StepSpec& step : spec.steps) {
    bh_step& row = rows.steps[protocol.step_first + step.from * methods + step.method];
    row.next[step.outcome] = step.to;
    row.mover = static_cast<uint8_t>(step.mover);
    row.callers = step.callers & everyone;
    if (step.at_most == 0) continue;
    row.limited = static_cast<uint8_t>(step.outcome);
    row.counter = used[step.from]++;
    row.limit = step.at_most;
    protocol.counter_count = std::max(protocol.counter_count, used[step.from]);
  }
}

void add_endpoints(Rows& rows, const SystemSpec& system) {
  uint32_t instances = 0;
  for (const EndpointSpec& spec : system.endpoints) {
    bh_endpoint endpoint{};
    endpoint.receiver = spec.receiver;
    endpoint.method_count = static_cast<uint16_t>(spec.methods.size());
    endpoint.protocol_first = static_cast<uint16_t>(rows.protocols.size());
    endpoint.protocol_count = static_cast<uint16_t>(spec.protocols.size());
    endpoint.method_first = size32(rows.methods.size());
    for (const MethodSpec& m : spec.methods) {
      bh_method row{};
      row.arg_words = m.arg_words;
      row.arg_bytes_mask = m.arg_bytes_mask;
      row.result_words = m.result_words;
      row.result_bytes_mask = m.result_bytes_mask;
      row.result_condition = BH_NONE32;
      row.flags = m.event ? uint8_t{BH_METHOD_EVENT} : uint8_t{0};
      rows.methods.push_back(row);
    }
    for (const ProtocolSpec& p : spec.protocols) {
      bh_protocol row{};
      row.endpoint = static_cast<uint16_t>(rows.endpoints.size());
      row.instance = static_cast<uint8_t>(p.instance);
      row.state_count = p.states;
      row.initial = p.initial;
      row.step_first = size32(rows.steps.size());
      row.instance_first = instances;
      instances += p.instance == BH_INSTANCE_PER_CALLER ? size32(system.components.size()) : 1;
      add_states(rows, p, row);
      const uint64_t everyone = ~uint64_t{0} >> (64 - system.components.size());
      add_steps(rows, p, endpoint.method_count, everyone, row);
      rows.protocols.push_back(row);
    }
    rows.endpoints.push_back(endpoint);
  }
}

void add_edge(Rows& rows, const EdgeSpec& spec) {
  const bh_endpoint& endpoint = rows.endpoints.at(spec.endpoint);
  bh_edge edge{};
  edge.allow = spec.allow;
  edge.audit = spec.audit;
  edge.condition_first = size32(rows.conditions.size());
  edge.endpoint = spec.endpoint;
  edge.receiver = endpoint.receiver;
  edge.method_first = endpoint.method_first;
  edge.protocol_count = endpoint.protocol_count;
  for (const auto& [method, condition] : spec.conditions) {
    edge.conditional |= 1u << method;
    rows.conditions.push_back(add_condition(rows, condition));
  }
  rows.edges.push_back(edge);
}

void add_components(Rows& rows, const SystemSpec& system) {
  for (const ComponentSpec& spec : system.components) {
    bh_component component{};
    component.edge_first = size32(rows.edges.size());
    component.edge_count = size32(spec.edges.size());
    component.flags = spec.flags;
    if (!spec.bound_image.empty()) {
      Digest digest = sha256(spec.bound_image.data(), spec.bound_image.size());
      component.flags |= BH_COMPONENT_IMAGE_BOUND;
      std::memcpy(component.image_sha256, digest.bytes, sizeof digest.bytes);
    }
    for (const EdgeSpec& edge : spec.edges) add_edge(rows, edge);
    rows.components.push_back(component);
  }
}

void add_result_conditions(Rows& rows, const SystemSpec& system) {
  size_t method = 0;
  for (const EndpointSpec& endpoint : system.endpoints) {
    for (const MethodSpec& m : endpoint.methods) {
      bh_method& row = rows.methods[method++];
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

}  // namespace

ByteVector build_blob(const SystemSpec& system) {
  Rows rows;
  add_endpoints(rows, system);
  add_components(rows, system);
  add_result_conditions(rows, system);

  bh_header header{};
  ByteVector blob(sizeof header);
  add_section(blob, header, BH_SECTION_COMPONENTS, rows.components);
  add_section(blob, header, BH_SECTION_EDGES, rows.edges);
  add_section(blob, header, BH_SECTION_ENDPOINTS, rows.endpoints);
  add_section(blob, header, BH_SECTION_METHODS, rows.methods);
  add_section(blob, header, BH_SECTION_CONDITIONS, rows.conditions);
  add_section(blob, header, BH_SECTION_TESTS, rows.tests);
  add_section(blob, header, BH_SECTION_PROTOCOLS, rows.protocols);
  add_section(blob, header, BH_SECTION_STATES, rows.states);
  add_section(blob, header, BH_SECTION_STEPS, rows.steps);
  add_section(blob, header, BH_SECTION_NAMES, std::vector<char>{0});

  header.magic = BH_MAGIC;
  header.format_version = BH_FORMAT_VERSION;
  header.total_bytes = size32(blob.size());
  header.abi_hash = system.abi_hash;
  header.policy_version = system.policy_version;
  header.budget_ms = system.budget_ms;
  std::memcpy(blob.data(), &header, sizeof header);
  seal_blob(blob);
  return blob;
}

void seal_blob(ByteVector& blob) {
  constexpr size_t From = offsetof(bh_header, format_version);
  Digest digest = sha256(blob.data() + From, blob.size() - From);
  std::memcpy(blob.data() + offsetof(bh_header, sha256), digest.bytes, sizeof digest.bytes);
}

ByteVector build_archive(const std::vector<ByteVector>& images, uint32_t flags,
                         uint32_t run_limit_ms) {
  bh_archive header{BH_ARCHIVE_MAGIC, BH_ARCHIVE_VERSION, size32(images.size()), flags,
                    run_limit_ms};
  ByteVector archive;
  append(archive, header);
  archive.resize(archive.size() + images.size() * sizeof(bh_archive_entry));
  for (size_t i = 0; i < images.size(); ++i) {
    pad(archive, 4096);
    bh_archive_entry entry{size32(archive.size()), size32(images[i].size())};
    std::memcpy(archive.data() + sizeof header + i * sizeof entry, &entry, sizeof entry);
    archive.insert(archive.end(), images[i].begin(), images[i].end());
  }
  return archive;
}

}  // namespace bh::kernel::testing
