#include "targets/monitor/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <utility>

#include "core/base/sha256.h"
#include "targets/microkernel/abi/bh_table.h"

namespace bh {

namespace {

constexpr std::array<uint32_t, BH_SECTION_COUNT> RowSizes = {
    sizeof(bh_component), sizeof(bh_image),    sizeof(bh_edge),
    sizeof(bh_right),     sizeof(uint32_t),    sizeof(bh_record),
    sizeof(bh_profile),   sizeof(bh_endpoint), sizeof(bh_method),
    sizeof(bh_test),      sizeof(bh_protocol), sizeof(bh_state),
    sizeof(bh_step),      sizeof(uint64_t),    1};
constexpr std::array<std::string_view, BH_SECTION_COUNT> SectionNames = {
    "components", "images", "edges",     "rights", "conditions", "records", "profiles", "endpoints",
    "methods",    "tests",  "protocols", "states", "steps",      "callers", "names"};

// The first fault wins; after it every read gives zero and the decoding winds down.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> blob) : blob_(blob) {}

  uint64_t number(uint64_t at, uint32_t size) {
    if (at > blob_.size() || size > blob_.size() - at) {
      require(false, "a field lies beyond the end");
      return 0;
    }
    uint64_t value = 0;
    for (uint32_t i = size; i-- > 0;) value = value << 8 | std::to_integer<uint64_t>(blob_[at + i]);
    return value;
  }
  // The bytes themselves: to tell rows that say the same.
  std::string text(uint64_t at, uint64_t size) const {
    if (at > blob_.size() || size > blob_.size() - at) return {};
    return {reinterpret_cast<const char*>(blob_.data()) + at, size};
  }
  void zero(uint64_t at, uint32_t size, std::string_view what) {
    for (uint32_t i = 0; i < size; ++i) require(number(at + i, 1) == 0, what);
  }
  void require(bool holds, std::string_view what) {
    if (!holds && fault_.empty()) fault_ = what;
  }
  bool sound() const { return fault_.empty(); }
  const std::string& fault() const { return fault_; }
  std::span<const std::byte> bytes() const { return blob_; }

 private:
  std::span<const std::byte> blob_;
  std::string fault_;
};

struct Section {
  uint64_t offset = 0;
  uint32_t count = 0;
  uint32_t used = 0;  // rows that an owner has claimed, always in order
};

struct Range {
  uint32_t first = 0;
  uint32_t count = 0;
};

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> blob) : in_(blob) {}

  Result<DecodedPolicy> run() {
    header();
    if (in_.sound()) sections();
    if (in_.sound()) everything();
    if (!in_.sound()) return fail("the table is damaged: " + in_.fault());
    return std::move(out_);
  }

 private:
  void header() {
    const std::span<const std::byte> blob = in_.bytes();
    in_.require(blob.size() >= sizeof(bh_header), "it is shorter than a header");
    in_.require(blob.size() <= BH_MAX_BLOB_BYTES, "it is longer than any table");
    if (!in_.sound()) return;
    in_.require(in_.number(0, 8) == BH_MAGIC, "it does not start with the magic number");
    in_.require(in_.number(40, 4) == BH_FORMAT_VERSION, "its format version is another one");
    in_.require(in_.number(44, 4) == blob.size(), "its length is not what it says");
    const Sha256 hash = sha256(blob.subspan(40));
    const bool same =
        std::equal(hash.begin(), hash.end(), blob.begin() + 8,
                   [](uint8_t a, std::byte b) { return a == std::to_integer<uint8_t>(b); });
    in_.require(same, "its SHA-256 differs");
    out_.abi_hash = in_.number(48, 8);
    out_.policy_version = in_.number(56, 8);
    out_.budget_ms = static_cast<uint32_t>(in_.number(64, 4));
    in_.require(out_.policy_version != 0, "its policy version is 0");
    in_.require(out_.budget_ms != 0, "its processor budget is 0");
    out_.call_ms = static_cast<uint32_t>(in_.number(68, 4));
  }

  void sections() {
    uint64_t end = sizeof(bh_header);
    for (size_t i = 0; i < BH_SECTION_COUNT; ++i) {
      Section& section = sections_[i];
      section.offset = in_.number(72 + 8 * i, 4);
      section.count = static_cast<uint32_t>(in_.number(76 + 8 * i, 4));
      in_.require(section.offset == end, "a section does not start where the one before it ends");
      end += uint64_t{section.count} * RowSizes[i];
      in_.require(end <= in_.bytes().size(), "a section lies beyond the end");
      if (!in_.sound()) return;
      const uint64_t padded = (end + 7) / 8 * 8;
      in_.zero(end, static_cast<uint32_t>(padded - end), "padding is not zero");
      end = padded;
    }
    in_.require(end == in_.bytes().size(), "there are bytes after the last section");
  }

  void everything() {
    const Section& names = sections_[BH_SECTION_NAMES];
    in_.require(names.count > 0 && in_.number(names.offset, 1) == 0,
                "the names do not start empty");
    next_name_ = 1;
    name_at_[0] = "";
    const uint32_t components = sections_[BH_SECTION_COMPONENTS].count;
    in_.require(components > 0 && components <= BH_MAX_COMPONENTS,
                "impossible number of components");
    in_.require(sections_[BH_SECTION_ENDPOINTS].count < BH_NONE16,
                "impossible number of endpoints");
    for (uint32_t i = 0; i < components && in_.sound(); ++i) component();
    for (uint32_t i = 0; i < sections_[BH_SECTION_PROFILES].count && in_.sound(); ++i) profile();
    uses_profile(0);
    const uint32_t endpoints = sections_[BH_SECTION_ENDPOINTS].count;
    for (uint32_t i = 0; i < endpoints && in_.sound(); ++i) endpoint();
    for (uint32_t i = 0; i < sections_[BH_SECTION_METHODS].count && in_.sound(); ++i) method();
    for (size_t i = 0; i < ranges_.size() && in_.sound(); ++i) interface(ranges_[i]);
    for (size_t i = 0; i < out_.endpoints.size() && in_.sound(); ++i) {
      for (DecodedPolicy::Protocol& p : out_.endpoints[i].protocols) protocol(i, p);
    }
    in_.require(next_name_ == names.count, "there are names of nothing");
    for (DecodedPolicy::Component& component : out_.components) {
      for (DecodedPolicy::Channel& channel : component.channels) edge(channel);
    }
    for (size_t i = 0; i < methods_.size(); ++i) results(i);
    for (size_t i = 0; i < out_.endpoints.size() && in_.sound(); ++i) take_methods(i);
    in_.require(next_profile_ == out_.profiles.size(), "there are profiles that nothing uses");
    for (size_t i = 0; i < BH_SECTION_NAMES; ++i) {
      in_.require(sections_[i].used == sections_[i].count,
                  fmt::format("there are {} that belong to nothing", SectionNames[i]));
    }
  }

  // The position of the next unclaimed row.
  uint64_t claim(bh_section id) {
    Section& section = sections_[id];
    if (section.used >= section.count) {
      in_.require(false, fmt::format("there are too few {}", SectionNames[id]));
      return in_.bytes().size();
    }
    return section.offset + uint64_t{section.used++} * RowSizes[id];
  }

  // Names stand in the order of their first use, each once.
  std::string name(uint64_t at) {
    const auto start = static_cast<uint32_t>(in_.number(at, 4));
    if (const auto known = name_at_.find(start); known != name_at_.end()) return known->second;
    in_.require(start == next_name_, "a name is not where it belongs");
    const Section& names = sections_[BH_SECTION_NAMES];
    std::string text;
    while (in_.sound()) {
      in_.require(next_name_ < names.count, "a name has no end");
      const uint64_t byte = in_.number(names.offset + next_name_++, 1);
      if (byte == 0) break;
      text.push_back(static_cast<char>(byte));
    }
    in_.require(!text.empty() && names_.insert(text).second, "a name stands there twice");
    name_at_[start] = text;
    return text;
  }

  // The index of a row that several may share: one that was met before, or the next.
  uint32_t met(uint64_t index, uint32_t& next, uint64_t rows, std::string_view what) {
    in_.require(index <= next && index < rows, what);
    if (!in_.sound()) return 0;
    next += index == next;
    return static_cast<uint32_t>(index);
  }
  uint32_t uses_profile(uint64_t index) {
    return met(index, next_profile_, out_.profiles.size(), "a profile is not where it belongs");
  }

  void profile() {
    const uint64_t at = claim(BH_SECTION_PROFILES);
    DecodedPolicy::Profile row;
    for (uint32_t i = 0; i < 3; ++i) {
      row.about[i] = static_cast<uint32_t>(in_.number(at + i, 1));
      in_.require(row.about[i] <= BH_KEEP_NOTHING && row.about[i] != BH_KEEP_MULTIPLE,
                  "a profile keeps who knows what");
    }
    for (uint32_t i = 0; i < BH_WORDS; ++i) {
      row.words[i] = static_cast<uint32_t>(in_.number(at + 3 + i, 1));
      row.multiples[i] = in_.number(at + 24 + 8 * i, 8);
      in_.require(row.words[i] <= BH_KEEP_NOTHING, "a profile keeps who knows what of a word");
      in_.require((row.words[i] == BH_KEEP_MULTIPLE) == (row.multiples[i] != 0),
                  "a profile keeps an impossible multiple");
    }
    in_.zero(at + 9, 7, "a reserved field of a profile is not zero");
    row.one_in = static_cast<uint32_t>(in_.number(at + 16, 4));
    const uint64_t sample = in_.number(at + 20, 4);
    in_.require(row.one_in != 0, "a profile leaves no record at all");
    in_.require((row.one_in == 1) == (sample == BH_NONE32), "a counter of nothing");
    if (row.one_in > 1) {
      row.sample = met(sample, next_sample_, BH_MAX_SAMPLES, "a counter is not where it belongs");
    }
    in_.require(profile_texts_.insert(in_.text(at, sizeof(bh_profile))).second,
                "a profile stands there twice");
    out_.profiles.push_back(row);
  }

  void component() {
    const uint64_t at = claim(BH_SECTION_COMPONENTS);
    DecodedPolicy::Component row;
    in_.require(in_.number(at, 4) == next_edge_, "the edges of a component start elsewhere");
    const uint64_t edges = in_.number(at + 4, 2);
    const uint64_t image = in_.number(at + 6, 2);
    in_.require(edges <= sections_[BH_SECTION_EDGES].count - next_edge_, "there are too few edges");
    row.name = name(at + 8);
    if (image != BH_NONE16) {
      in_.require(image == sections_[BH_SECTION_IMAGES].used, "an image is not where it belongs");
      const uint64_t hash = claim(BH_SECTION_IMAGES);
      row.image.emplace();
      for (uint32_t i = 0; i < 32; ++i) {
        (*row.image)[i] = static_cast<uint8_t>(in_.number(hash + i, 1));
      }
    }
    if (!in_.sound()) return;
    next_edge_ += static_cast<uint32_t>(edges);
    row.channels.resize(edges);
    out_.components.push_back(std::move(row));
  }

  void endpoint() {
    const uint64_t at = claim(BH_SECTION_ENDPOINTS);
    DecodedPolicy::Endpoint row;
    row.receiver = static_cast<uint32_t>(in_.number(at, 2));
    const uint64_t methods = in_.number(at + 2, 1);
    row.service = static_cast<uint32_t>(in_.number(at + 3, 1));
    const uint64_t protocols = in_.number(at + 6, 2);
    in_.require(row.receiver < out_.components.size(), "an endpoint has no receiver");
    in_.require(methods <= BH_METHODS, "an endpoint has too many methods");
    in_.require(row.service < BH_SERVICE_COUNT, "an endpoint has an unknown service");
    in_.require(in_.number(at + 4, 2) == next_protocol_,
                "the protocols of an endpoint start elsewhere");
    in_.require(protocols <= sections_[BH_SECTION_PROTOCOLS].count - next_protocol_,
                "there are too few protocols");
    const auto first = static_cast<uint32_t>(in_.number(at + 8, 4));
    row.name = name(at + 12);
    if (!in_.sound()) return;
    ranges_.push_back({first, static_cast<uint32_t>(methods)});
    next_protocol_ += static_cast<uint32_t>(protocols);
    row.protocols.resize(protocols);
    out_.endpoints.push_back(std::move(row));
  }

  // The methods of an endpoint are those of an interface that was met before, or of the next.
  void interface(const Range& range) {
    if (range.count == 0) return in_.require(range.first == 0, "methods of an endpoint without");
    const auto known = interfaces_.find(range.first);
    const bool fresh = range.first == next_method_;
    in_.require(fresh || known != interfaces_.end(), "the methods of an endpoint start elsewhere");
    in_.require(range.count <= methods_.size() - std::min<size_t>(range.first, methods_.size()),
                "there are too few methods");
    if (!in_.sound()) return;
    for (uint32_t i = 0; i < range.count; ++i) {
      in_.require(last_[range.first + i] == (i + 1 == range.count),
                  "the last method of an interface is not marked");
    }
    if (!fresh) return;
    interfaces_.emplace(range.first, range.count);
    next_method_ += range.count;
  }

  void method() {
    const uint64_t at = claim(BH_SECTION_METHODS);
    DecodedPolicy::Method row;
    row.argument_words = static_cast<uint32_t>(in_.number(at, 1));
    row.argument_bytes = static_cast<uint32_t>(in_.number(at + 1, 1));
    row.result_words = static_cast<uint32_t>(in_.number(at + 2, 1));
    row.result_bytes = static_cast<uint32_t>(in_.number(at + 3, 1));
    const uint64_t flags = in_.number(at + 8, 1);
    in_.require(row.argument_words <= BH_WORDS && row.result_words <= BH_WORDS,
                "a method has too many words");
    in_.require(
        row.argument_bytes >> row.argument_words == 0 && row.result_bytes >> row.result_words == 0,
        "a word that does not cross is marked as bytes");
    in_.require((flags & ~uint64_t{BH_METHOD_EVENT | BH_METHOD_LAST}) == 0,
                "a method has unknown flags");
    row.event = (flags & BH_METHOD_EVENT) != 0;
    in_.require(!row.event || row.result_words == 0, "an event has results");
    in_.zero(at + 9, 1, "a reserved field of a method is not zero");
    row.bad_reply = static_cast<uint32_t>(in_.number(at + 10, 2));
    row.name = name(at + 12);
    last_.push_back((flags & BH_METHOD_LAST) != 0);
    methods_.push_back(std::move(row));
  }

  void protocol(size_t endpoint, DecodedPolicy::Protocol& row) {
    if (!in_.sound()) return;
    const uint64_t at = claim(BH_SECTION_PROTOCOLS);
    in_.require(in_.number(at, 2) == endpoint, "a protocol names another endpoint");
    const uint64_t instance = in_.number(at + 2, 1);
    in_.require(instance <= BH_INSTANCE_PER_CALLER, "a protocol has an unknown kind of instance");
    row.per_caller = instance == BH_INSTANCE_PER_CALLER;
    const auto states = static_cast<uint32_t>(in_.number(at + 3, 1));
    row.initial = static_cast<uint32_t>(in_.number(at + 4, 1));
    row.counters = static_cast<uint32_t>(in_.number(at + 5, 1));
    in_.require(states >= 1 && states <= BH_STATES,
                "a protocol has an impossible number of states");
    in_.require(row.initial < states, "a protocol has no initial state");
    in_.require(row.counters <= BH_COUNTERS, "a protocol has too many counters");
    in_.zero(at + 6, 2, "a reserved field of a protocol is not zero");
    in_.require(in_.number(at + 8, 4) == sections_[BH_SECTION_STEPS].used,
                "the steps of a protocol start elsewhere");
    in_.require(in_.number(at + 12, 4) == next_instance_,
                "the instances of a protocol start elsewhere");
    in_.require(in_.number(at + 16, 4) == sections_[BH_SECTION_STATES].used,
                "the states of a protocol start elsewhere");
    row.name = name(at + 20);
    next_instance_ += row.per_caller ? static_cast<uint32_t>(out_.components.size()) : 1;
    in_.require(next_instance_ <= BH_MAX_INSTANCES, "there are too many protocol instances");
    for (uint32_t i = 0; i < states && in_.sound(); ++i) row.states.push_back(state(states));
    for (uint32_t state = 0; state < states; ++state) {
      for (size_t m = 0; m < ranges_[endpoint].count && in_.sound(); ++m) {
        row.steps.push_back(step(row, state));
      }
    }
  }

  DecodedPolicy::State state(uint32_t states) {
    const uint64_t at = claim(BH_SECTION_STATES);
    DecodedPolicy::State row;
    row.timeout_ms = static_cast<uint32_t>(in_.number(at, 4));
    row.name = name(at + 4);
    const uint64_t next = in_.number(at + 8, 1);
    in_.zero(at + 9, 3, "a reserved field of a state is not zero");
    if (row.timeout_ms == 0) {
      in_.require(next == BH_NONE8, "a state without a timeout has a next one");
    } else {
      in_.require(next < states, "a timeout leads to no state");
      row.next = static_cast<uint32_t>(next);
    }
    return row;
  }

  DecodedPolicy::Step step(const DecodedPolicy::Protocol& protocol, uint32_t state) {
    const uint64_t at = claim(BH_SECTION_STEPS);
    DecodedPolicy::Step row;
    for (uint32_t i = 0; i < BH_OUTCOME_COUNT; ++i) {
      const uint64_t next = in_.number(at + i, 1);
      if (next == BH_NONE8) continue;
      in_.require(next < protocol.states.size(), "a step leads to no state");
      row.next[i] = static_cast<uint32_t>(next);
    }
    movers(at, protocol, row);
    const uint64_t limited = in_.number(at + 3, 1);
    const uint64_t counter = in_.number(at + 4, 1);
    const uint64_t limit = in_.number(at + 8, 4);
    if (limited == BH_NONE8) {
      in_.require(counter == BH_NONE8 && limit == 0, "a step without a limit has a counter");
      return row;
    }
    in_.require(limited < BH_OUTCOME_COUNT, "a limit on an unknown outcome");
    if (!in_.sound()) return row;
    in_.require(row.next[limited] == state, "a limit on a step to another state");
    in_.require(counter < protocol.counters, "a step has no such counter");
    row.limited = static_cast<uint32_t>(limited);
    row.counter = static_cast<uint32_t>(counter);
    row.limit = static_cast<uint32_t>(limit);
    return row;
  }

  void movers(uint64_t at, const DecodedPolicy::Protocol& protocol, DecodedPolicy::Step& row) {
    row.mover = static_cast<uint32_t>(in_.number(at + 5, 1));
    const uint64_t callers = in_.number(at + 6, 2);
    const bool any = row.next[0] || row.next[1] || row.next[2];
    in_.require(row.mover <= BH_MOVER_OTHER, "a step has an unknown mover");
    in_.require(
        (any && !protocol.per_caller) || (row.mover == BH_MOVER_ANYONE && callers == BH_NONE16),
        "the callers of a step are restricted where they cannot be");
    if (callers == BH_NONE16 || !in_.sound()) return;
    if (callers == caller_sets_.size()) caller_set();
    in_.require(callers < caller_sets_.size(), "a caller set is not where it belongs");
    if (in_.sound()) row.callers = caller_sets_[callers];
  }

  void caller_set() {
    const size_t components = out_.components.size();
    std::vector<uint64_t> set((components + 63) / 64);
    size_t members = 0;
    for (uint64_t& word : set) {
      word = in_.number(claim(BH_SECTION_CALLERS), 8);
      members += static_cast<size_t>(std::popcount(word));
    }
    if (components % 64 != 0) {
      in_.require(set.back() >> components % 64 == 0, "a caller set has more than components");
    }
    in_.require(members < components, "a caller set of everyone");
    in_.require(known_callers_.insert(set).second, "a caller set stands there twice");
    caller_sets_.push_back(std::move(set));
  }

  void edge(DecodedPolicy::Channel& row) {
    if (!in_.sound()) return;
    const uint64_t at = claim(BH_SECTION_EDGES);
    const uint64_t index = in_.number(at, 2);
    row.endpoint = static_cast<uint32_t>(in_.number(at + 2, 2));
    in_.require(row.endpoint < out_.endpoints.size(), "an edge leads to no endpoint");
    if (!in_.sound()) return;
    const Range& range = ranges_[row.endpoint];
    if (index == out_.rights.size()) right(range);
    in_.require(index < out_.rights.size(), "a right is not where it belongs");
    if (!in_.sound()) return;
    row.right = static_cast<uint32_t>(index);
    const bool fits =
        right_for_[index].first == range.first && right_for_[index].count == range.count;
    in_.require(fits, "a right for another interface");
  }

  void right(const Range& range) {
    const uint64_t at = claim(BH_SECTION_RIGHTS);
    const uint64_t allow = in_.number(at, 4);
    const uint64_t audit = in_.number(at + 4, 4);
    const uint64_t conditional = in_.number(at + 8, 4);
    in_.require(allow >> range.count == 0, "a right grants an unknown method");
    in_.require((audit & ~allow) == 0, "a right audits what it does not grant");
    in_.require((conditional & ~allow) == 0, "a right has a condition on what it does not grant");
    in_.require(in_.number(at + 12, 4) == sections_[BH_SECTION_CONDITIONS].used,
                "the conditions of a right start elsewhere");
    in_.require(in_.number(at + 16, 4) == range.first, "a right names other methods");
    if (!in_.sound()) return;
    DecodedPolicy::Right row;
    records(in_.number(at + 20, 4), range, audit, row);
    const uint64_t first_test = sections_[BH_SECTION_TESTS].used;
    for (uint32_t m = 0; m < range.count && in_.sound(); ++m) {
      ConditionId granted = (allow >> m & 1) != 0 ? Conditions::True : Conditions::False;
      if ((conditional >> m & 1) != 0) {
        const uint64_t first = in_.number(claim(BH_SECTION_CONDITIONS), 4);
        granted = condition(first, methods_[range.first + m].argument_words);
      }
      row.granted.push_back(granted);
    }
    const std::string text = in_.text(at, 12) + in_.text(at + 16, 8) + tests_since(first_test);
    in_.require(right_texts_.insert(text).second, "a right stands there twice");
    out_.rights.push_back(std::move(row));
    right_for_.push_back(range);
  }

  // The list of a right: one that was met before, or the next.
  void records(uint64_t first, const Range& range, uint64_t audit, DecodedPolicy::Right& row) {
    const Section& section = sections_[BH_SECTION_RECORDS];
    const std::pair<uint64_t, uint32_t> list(first, range.count);
    if (first == section.used && !record_lists_.contains(list)) {
      for (uint32_t m = 0; m < range.count; ++m) claim(BH_SECTION_RECORDS);
      const std::string text =
          in_.text(section.offset + first * sizeof(bh_record), range.count * sizeof(bh_record));
      in_.require(record_texts_.insert(text).second, "a list of records stands there twice");
      record_lists_.insert(list);
    }
    in_.require(record_lists_.contains(list), "the records of a right start elsewhere");
    for (uint32_t m = 0; m < range.count && in_.sound(); ++m) {
      const uint64_t at = section.offset + (first + m) * sizeof(bh_record);
      const uint32_t words = methods_[range.first + m].argument_words;
      const uint64_t granted = in_.number(at, 2);
      in_.require(((audit >> m & 1) != 0) == (granted != BH_NONE16),
                  "an audit bit differs from the record");
      DecodedPolicy::Record& record = row.records.emplace_back();
      if (granted != BH_NONE16) record.granted = profile_for(granted, words, false);
      record.refused = profile_for(in_.number(at + 2, 2), words, true);
    }
  }

  // A profile for that many words, and perhaps for each of its decisions.
  uint32_t profile_for(uint64_t index, uint32_t words, bool always) {
    const uint32_t used = uses_profile(index);
    if (!in_.sound()) return 0;
    const DecodedPolicy::Profile& profile = out_.profiles[used];
    in_.require(!always || profile.one_in == 1, "a refusal without a record");
    for (uint32_t w = words; w < BH_WORDS; ++w) {
      in_.require(profile.words[w] == BH_KEEP_EXACT, "a profile of a word that does not cross");
    }
    return used;
  }

  std::string tests_since(uint64_t first) const {
    const Section& section = sections_[BH_SECTION_TESTS];
    return in_.text(section.offset + first * sizeof(bh_test),
                    (section.used - first) * sizeof(bh_test));
  }

  void results(size_t index) {
    if (!in_.sound()) return;
    DecodedPolicy::Method& method = methods_[index];
    const uint64_t at = sections_[BH_SECTION_METHODS].offset + index * sizeof(bh_method);
    const uint64_t first = in_.number(at + 4, 4);
    const uint64_t first_test = sections_[BH_SECTION_TESTS].used;
    method.bad_reply = profile_for(method.bad_reply, method.result_words, true);
    method.results = Conditions::True;
    if (first != BH_NONE32) {
      in_.require(!method.event, "an event has conditions on results");
      method.results = condition(first, method.result_words);
    }
    interface_text_ += in_.text(at, 4) + in_.text(at + 8, 8) + tests_since(first_test) + "|";
    if (!last_[index]) return;
    in_.require(interface_texts_.insert(std::exchange(interface_text_, {})).second,
                "an interface stands there twice");
  }

  void take_methods(size_t endpoint) {
    const auto first = methods_.begin() + ranges_[endpoint].first;
    out_.endpoints[endpoint].methods.assign(first, first + ranges_[endpoint].count);
  }

  // A rule: clauses of tests, up to the test that is marked as its last.
  ConditionId condition(uint64_t first, uint32_t words) {
    in_.require(first == sections_[BH_SECTION_TESTS].used,
                "the tests of a condition start elsewhere");
    std::vector<ConditionId> clauses;
    std::vector<ConditionId> clause;
    while (in_.sound()) {
      const uint64_t at = claim(BH_SECTION_TESTS);
      const uint64_t low = in_.number(at + 8, 8);
      const uint64_t high = in_.number(at + 16, 8);
      const uint64_t word = in_.number(at + 24, 1);
      const uint64_t last_of_clause = in_.number(at + 25, 1);
      const uint64_t last_of_rule = in_.number(at + 26, 1);
      in_.require(in_.number(at, 8) == UINT64_MAX, "a test masks its word");
      in_.require(low <= high, "a test that nothing meets");
      in_.require(word < words, "a test of a word that does not cross");
      in_.require(last_of_clause <= 1 && last_of_rule <= last_of_clause,
                  "a test has impossible marks");
      in_.zero(at + 27, 5, "a reserved field of a test is not zero");
      if (!in_.sound()) break;
      clause.push_back(
          out_.conditions.in(static_cast<uint32_t>(word), IntervalSet::range(low, high)));
      if (last_of_clause == 0) continue;
      clauses.push_back(out_.conditions.all_of(clause));
      clause.clear();
      if (last_of_rule == 1) break;
    }
    return out_.conditions.any_of(clauses);
  }

  Reader in_;
  DecodedPolicy out_;
  std::array<Section, BH_SECTION_COUNT> sections_;
  uint32_t next_name_ = 0;
  uint32_t next_edge_ = 0;
  uint32_t next_protocol_ = 0;
  uint32_t next_instance_ = 0;
  uint32_t next_profile_ = 0;
  uint32_t next_sample_ = 0;
  uint32_t next_method_ = 0;
  std::map<uint32_t, std::string> name_at_;
  std::set<std::string> names_;
  std::set<std::string> profile_texts_;
  std::vector<Range> ranges_;  // by endpoint: its methods
  std::vector<DecodedPolicy::Method> methods_;
  std::vector<bool> last_;                   // by method: of its interface
  std::map<uint32_t, uint32_t> interfaces_;  // by first method: how many
  std::string interface_text_;               // of the methods so far
  std::set<std::string> interface_texts_;
  std::vector<Range> right_for_;  // by right: the methods that it speaks of
  std::set<std::string> right_texts_;
  std::set<std::pair<uint64_t, uint32_t>> record_lists_;  // first row, rows
  std::set<std::string> record_texts_;
  std::vector<std::vector<uint64_t>> caller_sets_;
  std::set<std::vector<uint64_t>> known_callers_;
};

}  // namespace

Result<DecodedPolicy> decode_blob(std::span<const std::byte> blob) { return Decoder(blob).run(); }

}  // namespace bh
