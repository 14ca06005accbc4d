#include "targets/microkernel/monitor/verify.h"

namespace bh::kernel {
namespace {

constexpr size_t RowBytes[BH_SECTION_COUNT] = {
    sizeof(bh_component), sizeof(bh_image),  sizeof(bh_edge),     sizeof(bh_right),
    sizeof(uint32_t),     sizeof(bh_record), sizeof(bh_profile),  sizeof(bh_endpoint),
    sizeof(bh_method),    sizeof(bh_test),   sizeof(bh_protocol), sizeof(bh_state),
    sizeof(bh_step),      sizeof(uint64_t),  sizeof(char)};
// What rows that nobody claims are; nullptr: they are nobody's to claim.
constexpr const char* Unclaimed[BH_SECTION_COUNT] = {nullptr,
                                                     "images of no component",
                                                     "edges of no component",
                                                     "rights of no edge",
                                                     "conditions of no right",
                                                     "records of no right",
                                                     "profiles of no record",
                                                     nullptr,
                                                     "methods of no endpoint",
                                                     "tests of no condition",
                                                     "protocols of no endpoint",
                                                     "states of no protocol",
                                                     "steps of no protocol",
                                                     "callers of no step",
                                                     nullptr};

uint32_t bits(uint32_t count) { return count >= 32 ? ~0u : (1u << count) - 1; }
bool within(uint32_t mask, uint32_t set) { return (mask & ~set) == 0; }
bool keeps(uint8_t keep) { return keep <= BH_KEEP_NOTHING && keep != BH_KEEP_MULTIPLE; }

// Walks the sections once. Each `next_` is the row that the next owner of such rows must start at:
// owners claim their rows in order, so ranges can neither overlap nor leave a gap. Shared rows are
// met in order: whoever needs one names one that was met before, or the next.
class Verifier {
 public:
  explicit Verifier(const uint8_t* bytes) : bytes_(bytes) {}

  bool run() {
    return header() && sections() && components() && profiles() && endpoints() && edges() &&
           methods() && protocols() && totals();
  }
  const char* broken() const { return broken_; }
  const Table& table() const { return table_; }

 private:
  bool require(bool holds, const char* what) {
    if (!holds) broken_ = what;
    return holds;
  }
  bool claim(bh_section section, uint32_t first, uint32_t rows, const char* start,
             const char* what) {
    uint32_t& next = next_[section];
    if (!require(first == next, start) || !require(rows <= count(section) - next, what))
      return false;
    next += rows;
    return true;
  }
  bool met(uint32_t row, uint32_t& next, uint32_t rows) {
    if (row == next && next < rows) ++next;
    return row < next;
  }
  bool met(uint32_t row, bh_section section) { return met(row, next_[section], count(section)); }
  bool exact_met(uint32_t profile, const char* what) {
    return require(met(profile, BH_SECTION_PROFILES), what) &&
           require(table_.profiles[profile].one_in == 1, "sampled refusals");
  }
  uint32_t count(bh_section section) const { return table_.count(section); }
  bool named(uint32_t name) const {
    uint32_t names = count(BH_SECTION_NAMES);
    return names == 0 ? name == 0 : name < names;
  }

  bool header() {
    const bh_header& h = *reinterpret_cast<const bh_header*>(bytes_);
    return require(h.policy_version != 0, "policy version is 0") &&
           require(h.budget_ms != 0, "budget is 0");
  }

  bool sections() {
    const bh_header& h = *reinterpret_cast<const bh_header*>(bytes_);
    uint64_t end = sizeof(bh_header);
    for (int i = 0; i < BH_SECTION_COUNT; ++i) {
      const bh_section_row& row = h.sections[i];
      if (!require(row.offset == end, "section offset")) return false;
      end += uint64_t{row.count} * RowBytes[i];
      const uint64_t padding = -end & 7;
      if (!require(end + padding <= h.total_bytes, "section beyond the end") ||
          !require(zeros(bytes_ + end, padding), "padding")) {
        return false;
      }
      end += padding;
    }
    table_ = Table{&h};
    return require(end == h.total_bytes, "bytes after the last section") && names();
  }

  bool names() {
    uint32_t size = count(BH_SECTION_NAMES);
    return require(size == 0 || (table_.names[0] == 0 && table_.names[size - 1] == 0),
                   "names without a zero");
  }

  bool components() {
    uint32_t components = count(BH_SECTION_COMPONENTS);
    bool ok = require(components != 0 && components <= BH_MAX_COMPONENTS, "number of components");
    for (uint32_t i = 0; ok && i < components; ++i) {
      const bh_component& c = table_.components[i];
      ok = claim(BH_SECTION_EDGES, c.edge_first, c.edge_count, "first edge of a component",
                 "edges of a component") &&
           (c.image == BH_NONE16 ||
            claim(BH_SECTION_IMAGES, c.image, 1, "image of a component", "image of a component")) &&
           require(named(c.name), "name of a component");
    }
    return ok;
  }

  bool profiles() {
    uint32_t profiles = count(BH_SECTION_PROFILES);
    bool ok = require(profiles != 0 && profiles < BH_NONE16, "number of profiles");
    met(0, BH_SECTION_PROFILES);
    for (uint32_t i = 0; ok && i < profiles; ++i) {
      const bh_profile& p = table_.profiles[i];
      bool always = p.one_in == 1;
      ok = require(keeps(p.who) && keeps(p.what) && keeps(p.why), "what a profile keeps") &&
           require(p.one_in != 0 && always == (p.sample == BH_NONE32), "sampling of a profile") &&
           require(always || met(p.sample, next_sample_, BH_MAX_SAMPLES), "counter of a profile") &&
           require(zeros(p.reserved, sizeof p.reserved), "reserved field of a profile");
      for (uint32_t word = 0; ok && word < BH_WORDS; ++word) {
        bool multiple = p.words[word] == BH_KEEP_MULTIPLE;
        ok = require((multiple || keeps(p.words[word])) && multiple == (p.multiples[word] != 0),
                     "what a profile keeps of a word");
      }
    }
    return ok && require(table_.profiles[0].one_in == 1, "sampled refusals");
  }

  bool endpoints() {
    bool ok = require(count(BH_SECTION_ENDPOINTS) < BH_NONE16, "number of endpoints");
    for (uint32_t i = 0; ok && i < count(BH_SECTION_ENDPOINTS); ++i) {
      const bh_endpoint& e = table_.endpoints[i];
      ok = require(e.receiver < count(BH_SECTION_COMPONENTS), "receiver of an endpoint") &&
           require(e.method_count <= BH_METHODS, "number of methods of an endpoint") &&
           require(methods_met(e), "methods of an endpoint") &&
           require(e.service < BH_SERVICE_COUNT, "service of an endpoint") &&
           claim(BH_SECTION_PROTOCOLS, e.protocol_first, e.protocol_count,
                 "first protocol of an endpoint", "protocols of an endpoint") &&
           require(named(e.name), "name of an endpoint");
    }
    return ok;
  }

  // Whether they are all methods between two that are marked as the last of an interface.
  bool methods_met(const bh_endpoint& e) {
    if (e.method_count == 0) return e.method_first == 0;
    uint32_t& next = next_[BH_SECTION_METHODS];
    uint32_t end = e.method_first + e.method_count;
    if (e.method_first > next || end > count(BH_SECTION_METHODS)) return false;
    for (uint32_t i = e.method_first; i < end; ++i) {
      if (last(i) != (i + 1 == end)) return false;
    }
    bool fresh = e.method_first == next;
    if (fresh) next = end;
    return fresh || e.method_first == 0 || last(e.method_first - 1);
  }
  bool last(uint32_t method) const { return (table_.methods[method].flags & BH_METHOD_LAST) != 0; }

  bool edges() {
    bool ok = require(count(BH_SECTION_RIGHTS) < BH_NONE16, "number of rights");
    for (uint32_t c = 0; ok && c < count(BH_SECTION_COMPONENTS); ++c) {
      const bh_component& component = table_.components[c];
      uint32_t next_endpoint = 0;
      for (uint32_t i = 0; ok && i < component.edge_count; ++i) {
        const bh_edge& e = table_.edges[component.edge_first + i];
        ok = require(e.endpoint >= next_endpoint && e.endpoint < count(BH_SECTION_ENDPOINTS),
                     "endpoint of an edge") &&
             edge(e);
        next_endpoint = e.endpoint + 1u;
      }
    }
    return ok;
  }

  bool edge(const bh_edge& e) {
    bool fresh = e.right == next_[BH_SECTION_RIGHTS];
    if (!require(met(e.right, BH_SECTION_RIGHTS), "right of an edge")) return false;
    const bh_endpoint& endpoint = table_.endpoint(e);
    const bh_right& r = table_.right(e);
    return require(r.method_first == endpoint.method_first, "right for another interface") &&
           require(within(r.allow, bits(endpoint.method_count)),
                   "granted method beyond the endpoint's") &&
           (!fresh || right(r, endpoint));
  }

  bool right(const bh_right& r, const bh_endpoint& endpoint) {
    uint32_t& next = next_[BH_SECTION_RECORDS];
    uint64_t end = uint64_t{r.record_first} + endpoint.method_count;
    bool ok =
        require(within(r.audit, r.allow), "audited method that is not granted") &&
        require(within(r.conditional, r.allow), "conditional method that is not granted") &&
        require(r.condition_first == next_[BH_SECTION_CONDITIONS], "first condition of a right") &&
        require(end <= count(BH_SECTION_RECORDS) &&
                    (r.record_first == next || (r.record_first < next && end <= next)),
                "records of a right");
    if (ok && end > next) next = static_cast<uint32_t>(end);
    for (uint32_t method = 0; ok && method < endpoint.method_count; ++method) {
      const bh_record& kept = table_.records[r.record_first + method];
      bool audited = (r.audit >> method & 1) != 0;
      ok = require(audited == (kept.granted != BH_NONE16), "audit bit of a method") &&
           require(!audited || met(kept.granted, BH_SECTION_PROFILES), "profile of a grant") &&
           exact_met(kept.refused, "profile of a refusal") &&
           ((r.conditional >> method & 1) == 0 ||
            condition(table_.methods[endpoint.method_first + method].arg_words));
    }
    return ok;
  }

  bool condition(uint32_t words) {
    uint32_t& next = next_[BH_SECTION_CONDITIONS];
    return require(next < count(BH_SECTION_CONDITIONS), "condition of a right") &&
           rule(table_.conditions[next++], words);
  }

  bool rule(uint32_t first, uint32_t words) {
    uint32_t& next = next_[BH_SECTION_TESTS];
    bool ok = require(first == next, "first test of a condition");
    for (bool end = false; ok && !end;) {
      if (!require(next < count(BH_SECTION_TESTS), "condition without end")) return false;
      const bh_test& t = table_.tests[next++];
      ok = require(t.word < words, "word of a test") &&
           require(t.last_of_clause <= 1 && t.last_of_rule <= t.last_of_clause,
                   "end marks of a test") &&
           require(zeros(t.reserved, sizeof t.reserved), "reserved field of a test");
      end = t.last_of_rule != 0;
    }
    return ok;
  }

  bool methods() {
    bool ok = true;
    for (uint32_t i = 0; ok && i < count(BH_SECTION_METHODS); ++i) {
      const bh_method& m = table_.methods[i];
      bool event = (m.flags & BH_METHOD_EVENT) != 0;
      bool conditional = m.result_condition != BH_NONE32;
      ok =
          require(m.arg_words <= BH_WORDS && m.result_words <= BH_WORDS,
                  "number of words of a method") &&
          require(within(m.arg_bytes_mask, bits(m.arg_words)), "bytes arguments of a method") &&
          require(within(m.result_bytes_mask, bits(m.result_words)), "bytes results of a method") &&
          require(within(m.flags, BH_METHOD_EVENT | BH_METHOD_LAST), "method flags") &&
          require(!event || (m.result_words == 0 && !conditional), "results of an event") &&
          require(m.reserved == 0, "reserved field of a method") &&
          require(named(m.name), "name of a method") &&
          exact_met(m.results, "profile of a method's results") &&
          (!conditional || rule(m.result_condition, m.result_words));
    }
    return ok;
  }

  bool protocols() {
    bool ok = true;
    for (uint32_t e = 0; ok && e < count(BH_SECTION_ENDPOINTS); ++e) {
      const bh_endpoint& endpoint = table_.endpoints[e];
      for (uint32_t i = 0; ok && i < endpoint.protocol_count; ++i) {
        const bh_protocol& p = table_.protocols[endpoint.protocol_first + i];
        ok = require(p.endpoint == e, "endpoint of a protocol") &&
             protocol(p, endpoint.method_count);
      }
    }
    return ok;
  }

  bool protocol(const bh_protocol& p, uint32_t methods) {
    uint32_t rows = p.state_count * methods;
    bool ok = require(p.instance <= BH_INSTANCE_PER_CALLER, "instance kind of a protocol") &&
              require(p.state_count >= 1 && p.state_count <= BH_STATES, "number of states") &&
              require(p.initial < p.state_count, "initial state") &&
              require(p.counter_count <= BH_COUNTERS, "number of counters") &&
              require(p.reserved == 0, "reserved field of a protocol") &&
              claim(BH_SECTION_STEPS, p.step_first, rows, "first step of a protocol",
                    "steps of a protocol") &&
              require(p.instance_first == next_instance_, "first instance of a protocol") &&
              claim(BH_SECTION_STATES, p.state_first, p.state_count, "first state of a protocol",
                    "states of a protocol") &&
              require(named(p.name), "name of a protocol");
    for (uint32_t state = 0; ok && state < p.state_count; ++state) {
      ok = timeout(p, table_.states[p.state_first + state]);
    }
    for (uint32_t row = 0; ok && row < rows; ++row) {
      ok = step(p, row / methods, table_.steps[p.step_first + row]);
    }
    next_instance_ += table_.instances(p);
    return ok && require(next_instance_ <= BH_MAX_INSTANCES, "number of protocol instances");
  }

  bool timeout(const bh_protocol& p, const bh_state& s) {
    bool none = s.timeout_ms == 0;
    return require(!none || s.next == BH_NONE8, "next state without a timeout") &&
           require(none || s.next < p.state_count, "state after a timeout") &&
           require(named(s.name), "name of a state") &&
           require(zeros(s.reserved, sizeof s.reserved), "reserved field of a state");
  }

  bool step(const bh_protocol& p, uint32_t state, const bh_step& s) {
    bool any = false;
    for (uint8_t next : s.next) {
      any |= next != BH_NONE8;
      if (!require(next == BH_NONE8 || next < p.state_count, "next state")) return false;
    }
    if (!movers(p, any, s)) return false;
    if (s.limited == BH_NONE8) {
      return require(s.counter == BH_NONE8 && s.limit == 0, "counter without a limited step");
    }
    return require(s.limited < BH_OUTCOME_COUNT, "limited outcome") &&
           require(s.next[s.limited] == state, "limit off a self-loop") &&
           require(s.counter < p.counter_count, "counter of a step");
  }

  bool movers(const bh_protocol& p, bool any, const bh_step& s) {
    bool everyone = s.callers == BH_NONE16;
    bool may_be = any && p.instance == BH_INSTANCE_SHARED;
    uint32_t words = table_.caller_words();
    uint32_t& next = next_[BH_SECTION_CALLERS];
    bool fresh = s.callers == next;
    return require(s.mover <= BH_MOVER_OTHER, "mover of a step") &&
           require(may_be || (everyone && s.mover == BH_MOVER_ANYONE),
                   "callers of no step, or of one per caller") &&
           require(everyone || met(s.callers, next, count(BH_SECTION_CALLERS) / words),
                   "callers of a step") &&
           require(everyone || !fresh || caller_set(table_.callers + s.callers * words),
                   "caller set");
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

  bool totals() {
    next_[BH_SECTION_CALLERS] *= table_.caller_words();
    bool ok = true;
    for (int i = 0; ok && i < BH_SECTION_COUNT; ++i) {
      ok = Unclaimed[i] == nullptr ||
           require(next_[i] == count(static_cast<bh_section>(i)), Unclaimed[i]);
    }
    return ok;
  }

  const uint8_t* bytes_;
  const char* broken_ = nullptr;
  Table table_;
  uint32_t next_[BH_SECTION_COUNT] = {};
  uint32_t next_sample_ = 0;
  uint32_t next_instance_ = 0;
};

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
  const Digest found =
      digest != nullptr ? *digest : sha256(bytes + HashedFrom, header.total_bytes - HashedFrom);
  if (!same(found.bytes, header.sha256)) return {BH_EXIT_SHA256, "sha-256", {}};
  Verifier verifier(bytes);
  if (!verifier.run()) return {BH_EXIT_STRUCTURE, verifier.broken(), {}};
  return {BH_EXIT_OK, "", verifier.table()};
}

}  // namespace bh::kernel
