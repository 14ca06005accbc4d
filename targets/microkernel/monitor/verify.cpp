#include "targets/microkernel/monitor/verify.h"

namespace bh::kernel {
namespace {

constexpr const char* Sound = nullptr;
constexpr size_t RowBytes[BH_SECTION_COUNT] = {
    sizeof(bh_component), sizeof(bh_image),  sizeof(bh_edge),     sizeof(bh_right),
    sizeof(uint32_t),     sizeof(bh_record), sizeof(bh_profile),  sizeof(bh_endpoint),
    sizeof(bh_method),    sizeof(bh_test),   sizeof(bh_protocol), sizeof(bh_state),
    sizeof(bh_step),      sizeof(uint64_t),  sizeof(char)};

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
// owners claim their rows in order, so ranges can neither overlap nor leave a gap. Shared rows are
// met in order: whoever needs one names one that was met before, or the next.
class Verifier {
 public:
  explicit Verifier(const uint8_t* bytes) : bytes_(bytes) {
    table_.header = reinterpret_cast<const bh_header*>(bytes);
  }

  const char* run() {
    using Step = const char* (Verifier::*)();
    constexpr Step Steps[] = {&Verifier::header,   &Verifier::sections,  &Verifier::components,
                              &Verifier::profiles, &Verifier::endpoints, &Verifier::edges,
                              &Verifier::methods,  &Verifier::protocols, &Verifier::totals};
    for (Step check : Steps) {
      if (const char* broken = (this->*check)()) return broken;
    }
    return Sound;
  }
  const Table& table() const { return table_; }

 private:
  uint32_t count(bh_section section) const { return table_.count(section); }
  bool met(uint32_t row, uint32_t& next, uint32_t rows) {
    if (row == next && next < rows) ++next;
    return row < next;
  }
  bool profile_met(uint32_t row) { return met(row, next_profile_, count(BH_SECTION_PROFILES)); }
  bool named(uint32_t name) const {
    uint32_t names = count(BH_SECTION_NAMES);
    return names == 0 ? name == 0 : name < names;
  }

  const char* header() {
    const bh_header& h = *table_.header;
    return first_broken(
        {{h.policy_version != 0, "policy version is 0"}, {h.budget_ms != 0, "budget is 0"}});
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
    place(table_.images, BH_SECTION_IMAGES);
    place(table_.edges, BH_SECTION_EDGES);
    place(table_.rights, BH_SECTION_RIGHTS);
    place(table_.conditions, BH_SECTION_CONDITIONS);
    place(table_.records, BH_SECTION_RECORDS);
    place(table_.profiles, BH_SECTION_PROFILES);
    place(table_.endpoints, BH_SECTION_ENDPOINTS);
    place(table_.methods, BH_SECTION_METHODS);
    place(table_.tests, BH_SECTION_TESTS);
    place(table_.protocols, BH_SECTION_PROTOCOLS);
    place(table_.states, BH_SECTION_STATES);
    place(table_.steps, BH_SECTION_STEPS);
    place(table_.callers, BH_SECTION_CALLERS);
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
      bool bound = c.image != BH_NONE16;
      if (const char* broken = first_broken(
              {{c.edge_first == next_edge_, "first edge of a component"},
               {c.edge_count <= count(BH_SECTION_EDGES) - next_edge_, "edges of a component"},
               {within(c.flags, BH_COMPONENT_MAY_SHUTDOWN), "component flags"},
               {!bound || (c.image == next_image_ && c.image < count(BH_SECTION_IMAGES)),
                "image of a component"},
               {named(c.name), "name of a component"}})) {
        return broken;
      }
      next_edge_ += c.edge_count;
      next_image_ += bound;
    }
    return Sound;
  }

  const char* profiles() {
    if (count(BH_SECTION_PROFILES) == 0 || count(BH_SECTION_PROFILES) >= BH_NONE16) {
      return "number of profiles";
    }
    profile_met(0);
    for (uint32_t i = 0; i < count(BH_SECTION_PROFILES); ++i) {
      const bh_profile& p = table_.profiles[i];
      bool always = p.one_in == 1;
      if (const char* broken = first_broken(
              {{keeps(p.who) && keeps(p.what) && keeps(p.why), "what a profile keeps"},
               {p.one_in != 0 && always == (p.sample == BH_NONE32), "sampling of a profile"},
               {always || met(p.sample, next_sample_, BH_MAX_SAMPLES), "counter of a profile"},
               {zero(p.reserved), "reserved field of a profile"}})) {
        return broken;
      }
      for (int word = 0; word < int{BH_WORDS}; ++word) {
        bool multiple = p.words[word] == BH_KEEP_MULTIPLE;
        if ((!multiple && !keeps(p.words[word])) || multiple != (p.multiples[word] != 0)) {
          return "what a profile keeps of a word";
        }
      }
    }
    return table_.profiles[0].one_in == 1 ? Sound : "sampled refusals";
  }
  static bool keeps(uint8_t keep) { return keep <= BH_KEEP_NOTHING && keep != BH_KEEP_MULTIPLE; }

  const char* endpoints() {
    if (count(BH_SECTION_ENDPOINTS) >= BH_NONE16) return "number of endpoints";
    for (uint32_t i = 0; i < count(BH_SECTION_ENDPOINTS); ++i) {
      const bh_endpoint& e = table_.endpoints[i];
      if (const char* broken =
              first_broken({{e.receiver < count(BH_SECTION_COMPONENTS), "receiver of an endpoint"},
                            {e.method_count <= BH_METHODS, "number of methods of an endpoint"},
                            {methods_met(e), "methods of an endpoint"},
                            {e.service < BH_SERVICE_COUNT, "service of an endpoint"},
                            {e.protocol_first == next_protocol_, "first protocol of an endpoint"},
                            {e.protocol_count <= count(BH_SECTION_PROTOCOLS) - next_protocol_,
                             "protocols of an endpoint"},
                            {named(e.name), "name of an endpoint"}})) {
        return broken;
      }
      next_protocol_ += e.protocol_count;
    }
    return Sound;
  }

  // Whether they are all methods between two that are marked as the last of an interface.
  bool methods_met(const bh_endpoint& e) {
    if (e.method_count == 0) return e.method_first == 0;
    uint32_t end = e.method_first + e.method_count;
    if (e.method_first > next_method_ || end > count(BH_SECTION_METHODS)) return false;
    for (uint32_t i = e.method_first; i < end; ++i) {
      if (last(i) != (i + 1 == end)) return false;
    }
    bool fresh = e.method_first == next_method_;
    if (fresh) next_method_ = end;
    return fresh || e.method_first == 0 || last(e.method_first - 1);
  }
  bool last(uint32_t method) const { return (table_.methods[method].flags & BH_METHOD_LAST) != 0; }

  const char* edges() {
    if (count(BH_SECTION_RIGHTS) >= BH_NONE16) return "number of rights";
    for (uint32_t c = 0; c < count(BH_SECTION_COMPONENTS); ++c) {
      const bh_component& component = table_.components[c];
      uint32_t next_endpoint = 0;
      for (uint32_t i = 0; i < component.edge_count; ++i) {
        const bh_edge& e = table_.edges[component.edge_first + i];
        if (e.endpoint < next_endpoint || e.endpoint >= count(BH_SECTION_ENDPOINTS)) {
          return "endpoint of an edge";
        }
        next_endpoint = e.endpoint + 1u;
        const bh_endpoint& endpoint = table_.endpoint(e);
        bool fresh = e.right == next_right_;
        if (!met(e.right, next_right_, count(BH_SECTION_RIGHTS))) return "right of an edge";
        const bh_right& r = table_.right(e);
        if (r.method_first != endpoint.method_first) return "right for another interface";
        if (!within(r.allow, bits(endpoint.method_count))) {
          return "granted method beyond the endpoint's";
        }
        if (!fresh) continue;
        if (const char* broken = right(r, endpoint)) return broken;
      }
    }
    return Sound;
  }

  const char* right(const bh_right& r, const bh_endpoint& endpoint) {
    uint32_t records = count(BH_SECTION_RECORDS);
    if (const char* broken = first_broken(
            {{within(r.audit, r.allow), "audited method that is not granted"},
             {within(r.conditional, r.allow), "conditional method that is not granted"},
             {r.condition_first == next_condition_, "first condition of a right"},
             {r.record_first <= next_record_ && endpoint.method_count <= records &&
                  r.record_first <= records - endpoint.method_count,
              "records of a right"}})) {
      return broken;
    }
    uint32_t end = r.record_first + endpoint.method_count;
    if (end > next_record_ && r.record_first != next_record_) return "records of a right";
    if (end > next_record_) next_record_ = end;
    for (uint32_t method = 0; method < endpoint.method_count; ++method) {
      const bh_record& kept = table_.records[r.record_first + method];
      bool audited = (r.audit >> method & 1) != 0;
      if (const char* broken =
              first_broken({{audited == (kept.granted != BH_NONE16), "audit bit of a method"},
                            {!audited || profile_met(kept.granted), "profile of a grant"},
                            {profile_met(kept.refused), "profile of a refusal"}})) {
        return broken;
      }
      if (table_.profiles[kept.refused].one_in != 1) return "sampled refusals";
      if ((r.conditional >> method & 1) == 0) continue;
      if (next_condition_ >= count(BH_SECTION_CONDITIONS)) return "condition of a right";
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
               {within(m.flags, BH_METHOD_EVENT | BH_METHOD_LAST), "method flags"},
               {!event || (m.result_words == 0 && !conditional), "results of an event"},
               {m.reserved == 0, "reserved field of a method"},
               {profile_met(m.results), "profile of a method's results"},
               {named(m.name), "name of a method"}})) {
        return broken;
      }
      if (table_.profiles[m.results].one_in != 1) return "sampled refusals";
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

  const char* timeout(const bh_protocol& p, const bh_state& s) const {
    bool none = s.timeout_ms == 0;
    return first_broken({{!none || s.next == BH_NONE8, "next state without a timeout"},
                         {none || s.next < p.state_count, "state after a timeout"},
                         {named(s.name), "name of a state"},
                         {zero(s.reserved), "reserved field of a state"}});
  }

  const char* step(const bh_protocol& p, uint32_t state, const bh_step& s) {
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

  const char* movers(const bh_protocol& p, bool any, const bh_step& s) {
    bool everyone = s.callers == BH_NONE16;
    bool may_be = any && p.instance == BH_INSTANCE_SHARED;
    if (const char* broken = first_broken({{s.mover <= BH_MOVER_OTHER, "mover of a step"},
                                           {may_be || (everyone && s.mover == BH_MOVER_ANYONE),
                                            "callers of no step, or of one per caller"}})) {
      return broken;
    }
    uint32_t words = table_.caller_words();
    bool fresh = s.callers == next_callers_;
    if (everyone) return Sound;
    if (!met(s.callers, next_callers_, count(BH_SECTION_CALLERS) / words)) {
      return "callers of a step";
    }
    return !fresh || caller_set(table_.callers + s.callers * words) ? Sound : "caller set";
  }

  // Components, and not all of them.
  bool caller_set(const uint64_t* set) const {
    uint32_t components = count(BH_SECTION_COMPONENTS);
    uint32_t members = 0;
    for (uint32_t i = 0; i < table_.caller_words() * 64; ++i) {
      bool in = (set[i / 64] >> i % 64 & 1) != 0;
      if (in && i >= components) return false;
      members += in;
    }
    return members < components;
  }

  const char* totals() {
    return first_broken(
        {{next_image_ == count(BH_SECTION_IMAGES), "images of no component"},
         {next_edge_ == count(BH_SECTION_EDGES), "edges of no component"},
         {next_right_ == count(BH_SECTION_RIGHTS), "rights of no edge"},
         {next_record_ == count(BH_SECTION_RECORDS), "records of no right"},
         {next_profile_ == count(BH_SECTION_PROFILES), "profiles of no record"},
         {next_callers_ * table_.caller_words() == count(BH_SECTION_CALLERS), "callers of no step"},
         {next_method_ == count(BH_SECTION_METHODS), "methods of no endpoint"},
         {next_condition_ == count(BH_SECTION_CONDITIONS), "conditions of no right"},
         {next_test_ == count(BH_SECTION_TESTS), "tests of no condition"},
         {next_protocol_ == count(BH_SECTION_PROTOCOLS), "protocols of no endpoint"},
         {next_state_ == count(BH_SECTION_STATES), "states of no protocol"},
         {next_step_ == count(BH_SECTION_STEPS), "steps of no protocol"}});
  }

  const uint8_t* bytes_;
  Table table_;
  uint32_t next_image_ = 0;
  uint32_t next_edge_ = 0;
  uint32_t next_right_ = 0;
  uint32_t next_record_ = 0;
  uint32_t next_profile_ = 0;
  uint32_t next_sample_ = 0;
  uint32_t next_callers_ = 0;
  uint32_t next_method_ = 0;
  uint32_t next_condition_ = 0;
  uint32_t next_test_ = 0;
  uint32_t next_protocol_ = 0;
  uint32_t next_state_ = 0;
  uint32_t next_step_ = 0;
  uint32_t next_instance_ = 0;
};

bool hash_matches(const bh_header& header, const uint8_t* bytes, const Digest* known) {
  const Digest digest =
      known != nullptr ? *known : sha256(bytes + HashedFrom, header.total_bytes - HashedFrom);
  uint8_t difference = 0;
  for (int i = 0; i < 32; ++i) difference |= digest.bytes[i] ^ header.sha256[i];
  return difference == 0;
}

}  // namespace

Verification verify(const uint8_t* bytes, size_t available, const Digest* digest) {
  if (available < sizeof(bh_header)) return {BH_EXIT_NO_BLOB, "shorter than a header", {}};
  const bh_header& header = *reinterpret_cast<const bh_header*>(bytes);
  if (header.magic != BH_MAGIC) return {BH_EXIT_NO_BLOB, "magic", {}};
  if (header.format_version != BH_FORMAT_VERSION) return {BH_EXIT_FORMAT, "format version", {}};
  if (header.total_bytes < sizeof(bh_header) || header.total_bytes % 8 != 0 ||
      header.total_bytes > available || header.total_bytes > BH_MAX_BLOB_BYTES) {
    return {BH_EXIT_LENGTH, "length", {}};
  }
  if (!hash_matches(header, bytes, digest)) return {BH_EXIT_SHA256, "sha-256", {}};
  Verifier verifier(bytes);
  if (const char* broken = verifier.run()) return {BH_EXIT_STRUCTURE, broken, {}};
  return {BH_EXIT_OK, "", verifier.table()};
}

}  // namespace bh::kernel
