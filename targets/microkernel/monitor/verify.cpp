#include "targets/microkernel/monitor/verify.h"

#include "targets/microkernel/monitor/sha256.h"

namespace bh::kernel {
namespace {

constexpr const char* Sound = nullptr;
constexpr size_t HashedFrom = offsetof(bh_header, format_version);
constexpr size_t RowBytes[BH_SECTION_COUNT] = {
    sizeof(bh_component), sizeof(bh_edge), sizeof(bh_endpoint), sizeof(bh_method),
    sizeof(uint32_t),     sizeof(bh_test), sizeof(bh_protocol), sizeof(bh_state),
    sizeof(bh_step),      sizeof(char)};

struct Check {
  bool holds;
  const char* what;
};

// The first check that does not hold, or Sound.
template <size_t N>
const char* first_broken(const Check (&checks)[N]) {
  for (const Check& check : checks) {
    if (!check.holds) return check.what;
  }
  return Sound;
}

template <size_t N>
bool zero(const uint8_t (&bytes)[N]) {
  uint8_t any = 0;
  for (uint8_t byte : bytes) any |= byte;
  return any == 0;
}

uint32_t bits(uint32_t count) { return count >= 32 ? ~0u : (1u << count) - 1; }
bool within(uint32_t mask, uint32_t set) { return (mask & ~set) == 0; }

// Walks the sections once. Each `next_*` is the row that the next owner of such rows must start at:
// owners claim their rows in order, so ranges can neither overlap nor leave a gap.
class Verifier {
 public:
  explicit Verifier(const uint8_t* bytes) : bytes_(bytes) {
    table_.header = reinterpret_cast<const bh_header*>(bytes);
  }

  const char* run() {
    using Step = const char* (Verifier::*)();
    constexpr Step Steps[] = {&Verifier::header,    &Verifier::sections, &Verifier::components,
                              &Verifier::endpoints, &Verifier::edges,    &Verifier::methods,
                              &Verifier::protocols, &Verifier::totals};
    for (Step check : Steps) {
      if (const char* broken = (this->*check)()) return broken;
    }
    return Sound;
  }
  const Table& table() const { return table_; }

 private:
  uint32_t count(bh_section section) const { return table_.count(section); }
  bool named(uint32_t name) const {
    uint32_t names = count(BH_SECTION_NAMES);
    return names == 0 ? name == 0 : name < names;
  }

  const char* header() {
    const bh_header& h = *table_.header;
    return first_broken({{h.policy_version != 0, "policy version is 0"},
                         {h.budget_ms != 0, "budget is 0"},
                         {h.reserved == 0, "reserved field of the header"}});
  }

  const char* sections() {
    const bh_header& h = *table_.header;
    uint64_t end = sizeof(bh_header);
    for (int i = 0; i < BH_SECTION_COUNT; ++i) {
      const bh_section_row& row = h.sections[i];
      if (row.offset != end) return "section offset";
      end += uint64_t{row.count} * RowBytes[i];
      uint64_t padded = (end + 7) & ~uint64_t{7};
      if (padded > h.total_bytes) return "section beyond the end";
      for (; end < padded; ++end) {
        if (bytes_[end] != 0) return "padding";
      }
    }
    if (end != h.total_bytes) return "bytes after the last section";
    place_rows();
    return names();
  }

  template <typename Row>
  void place(const Row*& rows, bh_section section) {
    rows = reinterpret_cast<const Row*>(bytes_ + table_.header->sections[section].offset);
  }
  void place_rows() {
    place(table_.components, BH_SECTION_COMPONENTS);
    place(table_.edges, BH_SECTION_EDGES);
    place(table_.endpoints, BH_SECTION_ENDPOINTS);
    place(table_.methods, BH_SECTION_METHODS);
    place(table_.conditions, BH_SECTION_CONDITIONS);
    place(table_.tests, BH_SECTION_TESTS);
    place(table_.protocols, BH_SECTION_PROTOCOLS);
    place(table_.states, BH_SECTION_STATES);
    place(table_.steps, BH_SECTION_STEPS);
    place(table_.names, BH_SECTION_NAMES);
  }

  const char* names() {
    uint32_t size = count(BH_SECTION_NAMES);
    if (size == 0) return Sound;
    return table_.names[0] == 0 && table_.names[size - 1] == 0 ? Sound : "names without a zero";
  }

  const char* components() {
    uint32_t components = count(BH_SECTION_COMPONENTS);
    if (components == 0 || components > BH_MAX_COMPONENTS) return "number of components";
    for (uint32_t i = 0; i < components; ++i) {
      const bh_component& c = table_.components[i];
      bool bound = (c.flags & BH_COMPONENT_IMAGE_BOUND) != 0;
      if (const char* broken = first_broken(
              {{c.edge_first == next_edge_, "first edge of a component"},
               {c.edge_count <= count(BH_SECTION_EDGES) - next_edge_, "edges of a component"},
               {within(c.flags, BH_COMPONENT_MAY_SHUTDOWN | BH_COMPONENT_IMAGE_BOUND),
                "component flags"},
               {bound || zero(c.image_sha256), "image hash of an unbound component"},
               {named(c.name), "name of a component"}})) {
        return broken;
      }
      next_edge_ += c.edge_count;
    }
    return Sound;
  }

  const char* endpoints() {
    if (count(BH_SECTION_ENDPOINTS) >= BH_NONE16) return "number of endpoints";
    for (uint32_t i = 0; i < count(BH_SECTION_ENDPOINTS); ++i) {
      const bh_endpoint& e = table_.endpoints[i];
      if (const char* broken =
              first_broken({{e.receiver < count(BH_SECTION_COMPONENTS), "receiver of an endpoint"},
                            {e.method_count <= BH_METHODS, "number of methods of an endpoint"},
                            {e.method_first == next_method_, "first method of an endpoint"},
                            {e.method_count <= count(BH_SECTION_METHODS) - next_method_,
                             "methods of an endpoint"},
                            {e.protocol_first == next_protocol_, "first protocol of an endpoint"},
                            {e.protocol_count <= count(BH_SECTION_PROTOCOLS) - next_protocol_,
                             "protocols of an endpoint"},
                            {named(e.name), "name of an endpoint"}})) {
        return broken;
      }
      next_method_ += e.method_count;
      next_protocol_ += e.protocol_count;
    }
    return Sound;
  }

  const char* edges() {
    for (uint32_t c = 0; c < count(BH_SECTION_COMPONENTS); ++c) {
      const bh_component& component = table_.components[c];
      uint32_t next_endpoint = 0;
      for (uint32_t i = 0; i < component.edge_count; ++i) {
        const bh_edge& e = table_.edges[component.edge_first + i];
        if (e.endpoint < next_endpoint || e.endpoint >= count(BH_SECTION_ENDPOINTS)) {
          return "endpoint of an edge";
        }
        next_endpoint = e.endpoint + 1u;
        if (const char* broken = edge(e, table_.endpoints[e.endpoint])) return broken;
      }
    }
    return Sound;
  }

  const char* edge(const bh_edge& e, const bh_endpoint& endpoint) {
    if (const char* broken = first_broken(
            {{e.receiver == endpoint.receiver, "receiver of an edge"},
             {e.method_first == endpoint.method_first, "first method of an edge"},
             {e.protocol_count == endpoint.protocol_count, "number of protocols of an edge"},
             {within(e.allow, bits(endpoint.method_count)), "granted method beyond the endpoint's"},
             {within(e.audit, e.allow), "audited method that is not granted"},
             {within(e.conditional, e.allow), "conditional method that is not granted"},
             {e.condition_first == next_condition_, "first condition of an edge"},
             {e.reserved0 == 0 && e.reserved1 == 0, "reserved field of an edge"}})) {
      return broken;
    }
    for (uint32_t method = 0; method < endpoint.method_count; ++method) {
      if ((e.conditional >> method & 1) == 0) continue;
      if (next_condition_ >= count(BH_SECTION_CONDITIONS)) return "condition of an edge";
      const bh_method& row = table_.methods[endpoint.method_first + method];
      if (const char* broken = rule(table_.conditions[next_condition_++], row.arg_words))
        return broken;
    }
    return Sound;
  }

  const char* rule(uint32_t first, uint32_t words) {
    if (first != next_test_) return "first test of a condition";
    while (next_test_ < count(BH_SECTION_TESTS)) {
      const bh_test& t = table_.tests[next_test_++];
      if (const char* broken = first_broken(
              {{t.word < words, "word of a test"},
               {t.last_of_clause <= 1 && t.last_of_rule <= t.last_of_clause, "end marks of a test"},
               {zero(t.reserved), "reserved field of a test"}})) {
        return broken;
      }
      if (t.last_of_rule) return Sound;
    }
    return "condition without end";
  }

  const char* methods() {
    for (uint32_t i = 0; i < count(BH_SECTION_METHODS); ++i) {
      const bh_method& m = table_.methods[i];
      bool event = (m.flags & BH_METHOD_EVENT) != 0;
      bool conditional = m.result_condition != BH_NONE32;
      if (const char* broken = first_broken(
              {{m.arg_words <= BH_WORDS && m.result_words <= BH_WORDS,
                "number of words of a method"},
               {within(m.arg_bytes_mask, bits(m.arg_words)), "bytes arguments of a method"},
               {within(m.result_bytes_mask, bits(m.result_words)), "bytes results of a method"},
               {within(m.flags, BH_METHOD_EVENT), "method flags"},
               {!event || (m.result_words == 0 && !conditional), "results of an event"},
               {zero(m.reserved), "reserved field of a method"},
               {named(m.name), "name of a method"}})) {
        return broken;
      }
      if (!conditional) continue;
      if (const char* broken = rule(m.result_condition, m.result_words)) return broken;
    }
    return Sound;
  }

  const char* protocols() {
    for (uint32_t e = 0; e < count(BH_SECTION_ENDPOINTS); ++e) {
      const bh_endpoint& endpoint = table_.endpoints[e];
      for (uint32_t i = 0; i < endpoint.protocol_count; ++i) {
        const bh_protocol& p = table_.protocols[endpoint.protocol_first + i];
        if (p.endpoint != e) return "endpoint of a protocol";
        if (const char* broken = protocol(p, endpoint.method_count)) return broken;
      }
    }
    return Sound;
  }

  const char* protocol(const bh_protocol& p, uint32_t methods) {
    uint32_t rows = p.state_count * methods;
    bool per_caller = p.instance == BH_INSTANCE_PER_CALLER;
    if (const char* broken = first_broken(
            {{p.instance <= BH_INSTANCE_PER_CALLER, "instance kind of a protocol"},
             {p.state_count >= 1 && p.state_count <= BH_STATES, "number of states"},
             {p.initial < p.state_count, "initial state"},
             {p.counter_count <= BH_COUNTERS, "number of counters"},
             {p.reserved == 0, "reserved field of a protocol"},
             {p.step_first == next_step_, "first step of a protocol"},
             {rows <= count(BH_SECTION_STEPS) - next_step_, "steps of a protocol"},
             {p.instance_first == next_instance_, "first instance of a protocol"},
             {p.state_first == next_state_, "first state of a protocol"},
             {p.state_count <= count(BH_SECTION_STATES) - next_state_, "states of a protocol"},
             {named(p.name), "name of a protocol"}})) {
      return broken;
    }
    for (uint32_t state = 0; state < p.state_count; ++state) {
      if (const char* broken = timeout(p, table_.states[next_state_ + state])) return broken;
    }
    next_state_ += p.state_count;
    for (uint32_t row = 0; row < rows; ++row) {
      if (const char* broken = step(p, row / methods, table_.steps[next_step_ + row]))
        return broken;
    }
    next_step_ += rows;
    next_instance_ += per_caller ? count(BH_SECTION_COMPONENTS) : 1;
    return next_instance_ <= BH_MAX_INSTANCES ? Sound : "number of protocol instances";
  }

  static const char* timeout(const bh_protocol& p, const bh_state& s) {
    bool none = s.timeout_ms == 0;
    return first_broken({{!none || s.next == BH_NONE8, "next state without a timeout"},
                         {none || s.next < p.state_count, "state after a timeout"},
                         {zero(s.reserved), "reserved field of a state"}});
  }

  const char* step(const bh_protocol& p, uint32_t state, const bh_step& s) const {
    bool any = false;
    for (uint8_t next : s.next) {
      if (next != BH_NONE8 && next >= p.state_count) return "next state";
      any |= next != BH_NONE8;
    }
    if (const char* broken = movers(p, any, s)) return broken;
    if (s.limited == BH_NONE8) {
      return s.counter == BH_NONE8 && s.limit == 0 ? Sound : "counter without a limited step";
    }
    return first_broken(
        {{s.limited < BH_OUTCOME_COUNT, "limited outcome"},
         {s.limited >= BH_OUTCOME_COUNT || s.next[s.limited] == state, "limit off a self-loop"},
         {s.counter < p.counter_count, "counter of a step"}});
  }

  const char* movers(const bh_protocol& p, bool any, const bh_step& s) const {
    uint64_t everyone = ~uint64_t{0} >> (64 - count(BH_SECTION_COMPONENTS));
    bool restricted = s.callers != (any ? everyone : 0) || s.mover != BH_MOVER_ANYONE;
    bool may_be = any && p.instance == BH_INSTANCE_SHARED;
    return first_broken({{(s.callers & ~everyone) == 0, "callers of a step"},
                         {s.mover <= BH_MOVER_OTHER, "mover of a step"},
                         {may_be || !restricted, "callers of no step, or of one per caller"},
                         {zero(s.reserved) && s.reserved1 == 0, "reserved field of a step"}});
  }

  const char* totals() {
    return first_broken(
        {{next_edge_ == count(BH_SECTION_EDGES), "edges of no component"},
         {next_method_ == count(BH_SECTION_METHODS), "methods of no endpoint"},
         {next_condition_ == count(BH_SECTION_CONDITIONS), "conditions of no edge"},
         {next_test_ == count(BH_SECTION_TESTS), "tests of no condition"},
         {next_protocol_ == count(BH_SECTION_PROTOCOLS), "protocols of no endpoint"},
         {next_state_ == count(BH_SECTION_STATES), "states of no protocol"},
         {next_step_ == count(BH_SECTION_STEPS), "steps of no protocol"}});
  }

  const uint8_t* bytes_;
  Table table_;
  uint32_t next_edge_ = 0;
  uint32_t next_method_ = 0;
  uint32_t next_condition_ = 0;
  uint32_t next_test_ = 0;
  uint32_t next_protocol_ = 0;
  uint32_t next_state_ = 0;
  uint32_t next_step_ = 0;
  uint32_t next_instance_ = 0;
};

bool hash_matches(const bh_header& header, const uint8_t* bytes) {
  Digest digest = sha256(bytes + HashedFrom, header.total_bytes - HashedFrom);
  uint8_t difference = 0;
  for (int i = 0; i < 32; ++i) difference |= digest.bytes[i] ^ header.sha256[i];
  return difference == 0;
}

}  // namespace

Verification verify(const uint8_t* bytes, size_t available) {
  if (available < sizeof(bh_header)) return {BH_EXIT_NO_BLOB, "shorter than a header", {}};
  const bh_header& header = *reinterpret_cast<const bh_header*>(bytes);
  if (header.magic != BH_MAGIC) return {BH_EXIT_NO_BLOB, "magic", {}};
  if (header.format_version != BH_FORMAT_VERSION) return {BH_EXIT_FORMAT, "format version", {}};
  if (header.total_bytes < sizeof(bh_header) || header.total_bytes % 8 != 0 ||
      header.total_bytes > available || header.total_bytes > BH_MAX_BLOB_BYTES) {
    return {BH_EXIT_LENGTH, "length", {}};
  }
  if (!hash_matches(header, bytes)) return {BH_EXIT_SHA256, "sha-256", {}};
  Verifier verifier(bytes);
  if (const char* broken = verifier.run()) return {BH_EXIT_STRUCTURE, broken, {}};
  return {BH_EXIT_OK, "", verifier.table()};
}

}  // namespace bh::kernel
