#include "targets/monitor/emit.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>
#include <unordered_map>

#include "targets/microkernel/abi/bh_table.h"
#include "targets/monitor/limits.h"
#include "targets/monitor/services.h"
#include "targets/monitor/shared_rows.h"

namespace bh {

static_assert(std::endian::native == std::endian::little, "rows are written as they lie in memory");

std::optional<uint64_t> policy_version(std::string_view text) {
  uint64_t version = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int shift = 48; shift >= 0; shift -= 16) {
    uint16_t part = 0;
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc() || (*at == '0' && next != at + 1)) return std::nullopt;
    version |= uint64_t{part} << shift;
    at = next;
    if (at == end) return version == 0 ? std::nullopt : std::optional(version);
    if (*at++ != '.') return std::nullopt;
  }
  return std::nullopt;
}

static std::string words_text(const std::vector<TypeKind>& kinds) {
  std::string text;
  for (TypeKind kind : kinds) text += kind == TypeKind::Bytes ? 'b' : 'w';
  return text.empty() ? "-" : text;
}

static std::string endpoint_name(const Model& model, EndpointId id) {
  const Endpoint& endpoint = model.endpoints[id];
  const std::string& owner = model.components[endpoint.owner].name;
  return endpoint.name.empty() ? owner : owner + "." + endpoint.name;
}

std::string abi_text(const Model& model, const DecisionTable& table) {
  std::string text;
  for (ComponentId id : model.components.ids()) {
    text += "component " + model.components[id].name + "\n";
    for (const Channel& channel : table.channels[id]) {
      text += "channel " + endpoint_name(model, channel.endpoint) + "\n";
    }
  }
  for (EndpointId id : table.endpoints.ids()) {
    text += fmt::format("endpoint {} {}\n", endpoint_name(model, id),
                        model.components[table.endpoints[id].receiver].name);
    for (const MethodRow& method : table.endpoints[id].methods) {
      text += fmt::format("method {} {} {} {}\n", model.method_of(method.operation).name,
                          method.kind == MethodKind::Event ? "event" : "call",
                          words_text(method.arguments), words_text(method.results));
    }
  }
  return text;
}

uint64_t abi_hash(const Model& model, const DecisionTable& table) {
  const Sha256 hash = sha256(abi_text(model, table));
  uint64_t word = 0;
  std::memcpy(&word, hash.data(), sizeof word);
  return word;
}

namespace {

class Writer {
 public:
  Writer(const Model& model, const DecisionTable& table, const EmitOptions& options)
      : model_(model), table_(table), options_(options), shared_(shared_rows(model, table)) {}

  std::vector<std::byte> write(uint64_t version) {
    add_profile(table_.unnamed);
    for (ComponentId id : model_.components.ids()) add_component(id);
    for (EndpointId id : table_.endpoints.ids()) add_endpoint(id);
    for (const Channel* right : shared_.rights) add_right(*right);
    for (EndpointId id : shared_.interfaces) {
      for (const MethodRow& method : table_.endpoints[id].methods) add_method(method);
      methods_.back().flags |= BH_METHOD_LAST;
    }
    for (const ProtocolTable& protocol : table_.protocols) add_protocol(protocol);
    bh_header header{};
    header.magic = BH_MAGIC;
    header.format_version = BH_FORMAT_VERSION;
    header.abi_hash = abi_hash(model_, table_);
    header.policy_version = version;
    header.budget_ms = options_.budget_ms;
    header.call_ms =
        model_.monitor ? model_.monitor->call_ms.value_or(options_.call_ms) : options_.call_ms;
    bytes_.resize(sizeof header);
    append(header, BH_SECTION_COMPONENTS, components_);
    append(header, BH_SECTION_IMAGES, images_);
    append(header, BH_SECTION_EDGES, edges_);
    append(header, BH_SECTION_RIGHTS, rights_);
    append(header, BH_SECTION_CONDITIONS, conditions_);
    append(header, BH_SECTION_RECORDS, records_);
    append(header, BH_SECTION_PROFILES, profiles_);
    append(header, BH_SECTION_ENDPOINTS, endpoints_);
    append(header, BH_SECTION_METHODS, methods_);
    append(header, BH_SECTION_TESTS, tests_);
    append(header, BH_SECTION_PROTOCOLS, protocols_);
    append(header, BH_SECTION_STATES, states_);
    append(header, BH_SECTION_STEPS, steps_);
    append(header, BH_SECTION_CALLERS, callers_);
    append(header, BH_SECTION_NAMES, names_);
    header.total_bytes = static_cast<uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &header, sizeof header);
    const size_t hashed = offsetof(bh_header, format_version);
    const Sha256 hash = sha256(std::span(bytes_).subspan(hashed));
    std::memcpy(bytes_.data() + offsetof(bh_header, sha256), hash.data(), hash.size());
    return std::move(bytes_);
  }

 private:
  uint32_t add_name(const std::string& name) {
    const auto [at, fresh] = name_at_.emplace(name, static_cast<uint32_t>(names_.size()));
    if (fresh) names_.insert(names_.end(), name.c_str(), name.c_str() + name.size() + 1);
    return at->second;
  }

  void add_component(ComponentId id) {
    bh_component row{};
    row.edge_first = static_cast<uint32_t>(edges_.size());
    row.edge_count = static_cast<uint16_t>(table_.channels[id].size());
    row.image = BH_NONE16;
    row.name = add_name(model_.components[id].name);
    if (!options_.images.empty()) {
      const Sha256& image = options_.images[id.value];
      row.image = static_cast<uint16_t>(images_.size());
      std::copy(image.begin(), image.end(), images_.emplace_back().sha256);
    }
    components_.push_back(row);
    for (size_t i = 0; i < table_.channels[id].size(); ++i) {
      edges_.push_back({static_cast<uint16_t>(shared_.right_of[id][i]),
                        static_cast<uint16_t>(table_.channels[id][i].endpoint.value)});
    }
  }

  void add_right(const Channel& channel) {
    bh_right row{};
    row.condition_first = static_cast<uint32_t>(conditions_.size());
    row.method_first = endpoints_[channel.endpoint.value].method_first;
    for (const Grant& grant : channel.grants) {
      row.allow |= uint32_t{1} << grant.method;
      row.audit |= uint32_t{grant.record.has_value()} << grant.method;
      if (always(grant.when)) continue;
      row.conditional |= uint32_t{1} << grant.method;
      conditions_.push_back(add_tests(grant.when));
    }
    row.record_first = add_records(channel);
    rights_.push_back(row);
  }

  uint32_t add_records(const Channel& channel) {
    std::vector<std::pair<uint16_t, uint16_t>> list;
    for (uint32_t method = 0; method < channel.refusals.size(); ++method) {
      const Grant* grant = channel.find(method);
      const bool audited = grant != nullptr && grant->record;
      const uint16_t granted = audited ? add_profile(*grant->record) : uint16_t{BH_NONE16};
      list.emplace_back(granted, add_profile(channel.refusals[method]));
    }
    const auto [at, fresh] = lists_.emplace(list, static_cast<uint32_t>(records_.size()));
    for (size_t i = 0; fresh && i < list.size(); ++i) {
      records_.push_back({list[i].first, list[i].second});
    }
    return at->second;
  }

  static uint8_t keep(const AuditField& field) {
    switch (field.keep) {
      case AuditClass::Exact:
        return BH_KEEP_EXACT;
      case AuditClass::Hashed:
        return BH_KEEP_HASH;
      case AuditClass::Bucket:
        return BH_KEEP_MULTIPLE;
      case AuditClass::Omit:
        return BH_KEEP_NOTHING;
    }
    BH_CHECK(false);
  }

  uint16_t add_profile(const RecordProfile& profile) {
    bh_profile row{};
    row.who = keep(profile.who);
    row.what = keep(profile.what);
    row.why = keep(profile.why);
    for (size_t i = 0; i < profile.words.size(); ++i) {
      row.words[i] = keep(profile.words[i]);
      row.multiples[i] = profile.words[i].bucket;
    }
    row.one_in = profile.one_in;
    row.sample = BH_NONE32;
    if (profile.counted) {
      const auto next = static_cast<uint32_t>(samples_.size());
      row.sample = samples_.emplace(*profile.counted, next).first->second;
    }
    const std::string key(reinterpret_cast<const char*>(&row), sizeof row);
    const auto next = static_cast<uint16_t>(profiles_.size());
    const auto [at, fresh] = profile_at_.emplace(key, next);
    if (fresh) profiles_.push_back(row);
    return at->second;
  }

  uint32_t add_tests(const ConditionRows& rows) {
    const uint32_t first = static_cast<uint32_t>(tests_.size());
    for (const Clause& clause : rows) {
      for (const RangeTest& test : clause) {
        bh_test row{};
        row.mask = UINT64_MAX;
        row.low = test.low;
        row.high = test.high;
        row.word = static_cast<uint8_t>(test.word);
        tests_.push_back(row);
      }
      tests_.back().last_of_clause = 1;
    }
    tests_.back().last_of_rule = 1;
    return first;
  }

  void add_endpoint(EndpointId id) {
    const EndpointRow& endpoint = table_.endpoints[id];
    bh_endpoint row{};
    row.receiver = static_cast<uint16_t>(endpoint.receiver.value);
    row.method_count = static_cast<uint8_t>(endpoint.methods.size());
    row.service = options_.services ? static_cast<uint8_t>(service_of(model_, id)) : uint8_t{0};
    row.protocol_first = next_protocol_;
    row.protocol_count = static_cast<uint16_t>(endpoint.protocols.size());
    row.name = add_name(model_.endpoints[id].name);
    const uint32_t interface = shared_.interface_of[id];
    if (interface != SharedRows::NoInterface) {
      if (interface == interface_first_.size()) {
        interface_first_.push_back(next_method_);
        next_method_ += row.method_count;
      }
      row.method_first = interface_first_[interface];
    }
    endpoints_.push_back(row);
    next_protocol_ = static_cast<uint16_t>(next_protocol_ + row.protocol_count);
  }

  static uint8_t bytes_mask(const std::vector<TypeKind>& kinds) {
    uint32_t mask = 0;
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i] == TypeKind::Bytes) mask |= uint32_t{1} << i;
    }
    return static_cast<uint8_t>(mask);
  }

  void add_method(const MethodRow& method) {
    bh_method row{};
    row.arg_words = static_cast<uint8_t>(method.arguments.size());
    row.arg_bytes_mask = bytes_mask(method.arguments);
    row.result_words = static_cast<uint8_t>(method.results.size());
    row.result_bytes_mask = bytes_mask(method.results);
    row.result_condition = always(method.results_when) ? BH_NONE32 : add_tests(method.results_when);
    row.flags = method.kind == MethodKind::Event ? BH_METHOD_EVENT : 0;
    row.results = add_profile(method.results_record);
    row.name = add_name(model_.method_of(method.operation).name);
    methods_.push_back(row);
  }

  void add_protocol(const ProtocolTable& protocol) {
    const bool per_caller = protocol.instances == InstanceKind::PerCaller;
    bh_protocol row{};
    row.endpoint = static_cast<uint16_t>(protocol.endpoint.value);
    row.instance = per_caller ? BH_INSTANCE_PER_CALLER : BH_INSTANCE_SHARED;
    row.state_count = static_cast<uint8_t>(protocol.states);
    row.initial = static_cast<uint8_t>(protocol.initial);
    row.counter_count = static_cast<uint8_t>(protocol.counters);
    row.step_first = static_cast<uint32_t>(steps_.size());
    row.instance_first = next_instance_;
    row.state_first = static_cast<uint32_t>(states_.size());
    row.name = add_name(model_.protocols[protocol.protocol].name);
    protocols_.push_back(row);
    next_instance_ += per_caller ? static_cast<uint32_t>(model_.components.size()) : 1;
    for (size_t i = 0; i < protocol.states; ++i) {
      bh_state state{0, add_name(model_.protocols[protocol.protocol].states[i].name), BH_NONE8, {}};
      if (const std::optional<StateTimeout>& timeout = protocol.timeouts[i]) {
        state.timeout_ms = timeout->milliseconds;
        state.next = static_cast<uint8_t>(timeout->to);
      }
      states_.push_back(state);
    }
    for (const ProtocolStep& step : protocol.steps) add_step(step);
  }

  uint16_t callers(const ProtocolStep& step) {
    const bool any = step.next[0] || step.next[1] || step.next[2];
    if (!any || !step.by) return BH_NONE16;
    const size_t components = model_.components.size();
    std::vector<uint64_t> set((components + 63) / 64);
    size_t members = 0;
    for (ComponentId id : *step.by) {
      uint64_t& word = set[id.value / 64];
      const uint64_t bit = uint64_t{1} << id.value % 64;
      members += (word & bit) == 0;
      word |= bit;
    }
    if (members == components) return BH_NONE16;
    const auto next = static_cast<uint16_t>(callers_.size() / set.size());
    const auto [at, fresh] = caller_sets_.emplace(set, next);
    if (fresh) callers_.insert(callers_.end(), set.begin(), set.end());
    return at->second;
  }

  void add_step(const ProtocolStep& step) {
    bh_step row{};
    for (size_t i = 0; i < OutcomeCount; ++i) {
      row.next[i] = step.next[i] ? static_cast<uint8_t>(*step.next[i]) : BH_NONE8;
    }
    row.limited = step.limit ? static_cast<uint8_t>(step.limit->outcome) : BH_NONE8;
    row.counter = step.limit ? static_cast<uint8_t>(step.limit->counter) : BH_NONE8;
    row.limit = step.limit ? step.limit->at_most : 0;
    row.mover = static_cast<uint8_t>(step.mover);
    row.callers = callers(step);
    steps_.push_back(row);
  }

  template <class Row>
  void append(bh_header& header, bh_section section, const std::vector<Row>& rows) {
    header.sections[section] = {static_cast<uint32_t>(bytes_.size()),
                                static_cast<uint32_t>(rows.size())};
    const auto* first = reinterpret_cast<const std::byte*>(rows.data());
    bytes_.insert(bytes_.end(), first, first + rows.size() * sizeof(Row));
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
  }

  const Model& model_;
  const DecisionTable& table_;
  const EmitOptions& options_;
  const SharedRows shared_;
  std::vector<bh_component> components_;
  std::vector<bh_image> images_;
  std::vector<bh_edge> edges_;
  std::vector<bh_right> rights_;
  std::vector<bh_record> records_;
  std::vector<bh_profile> profiles_;
  std::vector<bh_endpoint> endpoints_;
  std::vector<bh_method> methods_;
  std::vector<uint32_t> conditions_;
  std::vector<bh_test> tests_;
  std::vector<bh_protocol> protocols_;
  std::vector<bh_state> states_;
  std::vector<bh_step> steps_;
  std::vector<uint64_t> callers_;
  std::vector<char> names_ = {'\0'};
  std::unordered_map<std::string, uint32_t> name_at_ = {{"", 0}};
  std::unordered_map<std::string, uint16_t> profile_at_;  // by the bytes of the row
  std::map<AuditId, uint32_t> samples_;
  std::map<std::vector<std::pair<uint16_t, uint16_t>>, uint32_t> lists_;
  std::map<std::vector<uint64_t>, uint16_t> caller_sets_;
  std::vector<uint32_t> interface_first_;
  uint32_t next_method_ = 0;
  uint16_t next_protocol_ = 0;
  uint32_t next_instance_ = 0;
  std::vector<std::byte> bytes_;
};

}  // namespace

static_assert(static_cast<int>(Outcome::Granted) == BH_OUTCOME_CALL);
static_assert(static_cast<int>(Outcome::Ok) == BH_OUTCOME_OK);
static_assert(static_cast<int>(Outcome::Error) == BH_OUTCOME_ERROR);
static_assert(OutcomeCount == BH_OUTCOME_COUNT);
static_assert(static_cast<int>(Mover::Anyone) == BH_MOVER_ANYONE);
static_assert(static_cast<int>(Mover::Same) == BH_MOVER_SAME);
static_assert(static_cast<int>(Mover::Other) == BH_MOVER_OTHER);

std::optional<std::vector<std::byte>> emit_blob(const Model& model, const DecisionTable& table,
                                                const EmitOptions& options, DiagnosticSink& sink) {
  BH_CHECK(options.budget_ms > 0);
  BH_CHECK(options.images.empty() || options.images.size() == model.components.size());
  const std::optional<uint64_t> version = policy_version(model.version);
  if (!version) sink.report(model.span, diag::PolicyVersion, model.version);
  if (!within_limits(model, table, sink) || !version) return std::nullopt;
  std::vector<std::byte> blob = Writer(model, table, options).write(*version);
  if (blob.size() > BH_MAX_BLOB_BYTES) {
    sink.report(model.span, diag::MonitorLimit, "the table", blob.size(), "bytes",
                size_t{BH_MAX_BLOB_BYTES});
    return std::nullopt;
  }
  if (model.monitor && model.monitor->budget_bytes && blob.size() > *model.monitor->budget_bytes) {
    sink.report(model.monitor->span, diag::BudgetExceeded, blob.size(),
                *model.monitor->budget_bytes);
    return std::nullopt;
  }
  return blob;
}

}  // namespace bh
