#include "driver/pipeline/least_privilege_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "core/audit/console.h"
#include "core/audit/log.h"
#include "targets/table/lower.h"

namespace bh {

namespace {

class LogReader {
 public:
  LogReader(const CheckedModel& model, const std::string& name) : model_(*model), name_(name) {
    reading_.active.resize(model_.components.size());
    for (const ComponentId id : model_.components.ids()) {
      components_.emplace(model_.components[id].name, id);
    }
    for (const OperationId id : model_.operations.ids()) operations_.emplace(print(model_, id), id);
    for (const RuleId id : model_.rules.ids()) rules_.emplace(model_.rules[id].name, id);
  }

  void read(const CheckedModel& model, std::string_view text) {
    for (size_t number = 1; !text.empty(); ++number) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      at_ = fmt::format("{}:{}", name_, number);
      if (line.starts_with("granted  ")) {
        granted_line(line.substr(9));
      } else if (line.starts_with("refused  ")) {
        refused_line(line.substr(9));
      } else if (line.starts_with("{\"audit\"")) {
        console_line(model, line);
      }
    }
  }

  void read(const AuditLog& log) {
    for (size_t i = 0; i < log.entries.size(); ++i) {
      const LogEntry& entry = log.entries[i];
      at_ = fmt::format("{}:{}", name_, i + 2);  // behind the header
      if (entry.kind == AuditKind::Granted) granted_line(entry.what + "  " + entry.why);
      if (entry.kind == AuditKind::Refused) refused_line(entry.what);
    }
  }

  LogReading take() { return std::move(reading_); }

 private:
  // ---- what people are shown: Parser -> KeyStore.keys.sign(slot: 1, digest: -)   allowed by
  // signing
  // --------------------------------------------------------------------------------------------

  static bool is_hidden(std::string_view text) { return text == "-" || text.starts_with('#'); }

  ComponentId component(std::string_view name) const {
    const auto at = components_.find(std::string(name));
    return at == components_.end() ? ComponentId() : at->second;
  }

  void note_active(ComponentId id) {
    if (id.valid()) reading_.active[id.value] = true;
  }

  void refused_line(std::string_view line) {
    ++reading_.records;
    note_active(component(line.substr(0, line.find(" -> "))));
  }

  void granted_line(std::string_view line) {
    ++reading_.records;
    const size_t arrow = line.find(" -> ");
    const size_t open = line.find('(');
    const size_t close = line.find(')');
    if (arrow == std::string_view::npos || open == std::string_view::npos ||
        close == std::string_view::npos || arrow + 4 > open || open > close) {
      ++reading_.foreign;
      return;
    }
    Evidence evidence;
    const std::string_view who = line.substr(0, arrow);
    const std::string_view what = line.substr(arrow + 4, open - arrow - 4);
    evidence.subject = component(who);
    const auto operation = operations_.find(std::string(what));
    if (operation != operations_.end()) evidence.operation = operation->second;
    std::string_view why = line.substr(close + 1);
    why.remove_prefix(std::min(why.find_first_not_of(' '), why.size()));
    if (why.starts_with("allowed by ")) {
      const auto rule = rules_.find(std::string(why.substr(11)));
      if (rule != rules_.end()) evidence.rule = rule->second;
    }
    const bool unknown = (!is_hidden(who) && !evidence.subject.valid()) ||
                         (!is_hidden(what) && !evidence.operation.valid());
    if (unknown || !arguments(line.substr(open + 1, close - open - 1), evidence)) {
      ++reading_.foreign;
      return;
    }
    add(std::move(evidence));
  }

  bool arguments(std::string_view text, Evidence& to) const {
    if (!to.operation.valid()) return true;
    const std::vector<Parameter>& parameters = model_.method_of(to.operation).parameters;
    to.words.resize(parameters.size());
    for (uint32_t i = 0; i < parameters.size(); ++i) {
      const size_t end = std::min(text.find(", "), text.size());
      const std::string_view one = text.substr(0, end);
      text.remove_prefix(std::min(end + 2, text.size()));
      if (!one.starts_with(parameters[i].name + ": ")) return false;
      const std::string_view value = one.substr(parameters[i].name.size() + 2);
      if (is_hidden(value)) continue;
      to.words[i] = value.ends_with("..") ? bucket(value, to, i) : word(value, parameters[i].type);
      if (!to.words[i]) return false;
    }
    return text.empty();
  }

  static std::optional<uint64_t> number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  std::optional<IntervalSet> word(std::string_view text, TypeId id) const {
    const Type& type = model_.types[id];
    std::optional<uint64_t> value;
    switch (type.kind) {
      case TypeKind::Bool:
        if (text == "true" || text == "false") value = text == "true" ? 1 : 0;
        break;
      case TypeKind::Enum:
        for (size_t i = 0; i < type.enumerators.size(); ++i) {
          if (type.enumerators[i] == text) value = i;
        }
        break;
      case TypeKind::Bytes:
        if (text.ends_with(" bytes")) value = number(text.substr(0, text.size() - 6));
        break;
      case TypeKind::Integer:
        value = number(text);
        break;
    }
    if (!value) return std::nullopt;
    return IntervalSet::single(*value);
  }

  // "16..": what the policy's `bucket` makes of it.
  std::optional<IntervalSet> bucket(std::string_view text, const Evidence& evidence,
                                    uint32_t parameter) const {
    const auto low = number(text.substr(0, text.size() - 2));
    if (!low) return std::nullopt;
    const Audit* audit = nullptr;
    for (const Audit& each : model_.audits) {
      const bool of_rule = each.of == AuditOf::Rule && each.rule == evidence.rule;
      if (of_rule || (each.of == AuditOf::Granted && audit == nullptr)) audit = &each;
      if (of_rule) break;
    }
    const AuditField field = audit_field(model_, audit, evidence.operation, parameter);
    if (field.keep != AuditClass::Bucket || field.bucket == 0) return std::nullopt;
    const uint64_t high = *low > UINT64_MAX - field.bucket ? UINT64_MAX : *low + field.bucket - 1;
    return IntervalSet::range(*low, high);
  }

  // ---- what the kernel writes
  // ----------------------------------------------------------------------------

  void console_line(const CheckedModel& model, std::string_view line) {
    const Result<ConsoleLine> read = read_console_line(line);
    const AuditRecord* record = read.has_value() ? std::get_if<AuditRecord>(&*read) : nullptr;
    if (record == nullptr) return;
    const bool granted = record->kind == AuditKind::Granted;
    if (!granted && record->kind != AuditKind::Refused) return;
    ++reading_.records;
    const bool told = record->who == AuditClass::Exact;
    if (told && record->subject >= model_.components.size()) {
      ++reading_.foreign;
      return;
    }
    if (told) note_active(ComponentId(record->subject));
    if (!granted) return;
    if (!lowered_) {
      DiagnosticSink unheard;
      table_ = lower(model, unheard);
      lowered_ = true;
    }
    const std::optional<Evidence> evidence = table_ ? evidence_of(*record) : std::nullopt;
    if (evidence) {
      add(*evidence);
    } else {
      ++reading_.foreign;
    }
  }

  // Nothing if the policy's table could not have led to it. What the record does not tell is open.
  std::optional<Evidence> evidence_of(const AuditRecord& record) const {
    Evidence evidence;
    if (record.who == AuditClass::Exact) evidence.subject = ComponentId(record.subject);
    if (record.what != AuditClass::Exact) return evidence;
    if (record.endpoint >= table_->endpoints.size()) return std::nullopt;
    const EndpointId endpoint(record.endpoint);
    const EndpointRow& row = table_->endpoints[endpoint];
    if (record.receiver != row.receiver.value) return std::nullopt;
    if (record.method >= row.methods.size()) return std::nullopt;
    if (evidence.subject.valid()) {
      const std::vector<Channel>& channels = table_->channels[evidence.subject];
      if (record.channel >= channels.size()) return std::nullopt;
      if (channels[record.channel].endpoint != endpoint) return std::nullopt;
    }
    evidence.operation = row.methods[record.method].operation;
    for (uint32_t i = 0; i < row.methods[record.method].arguments.size(); ++i) {
      std::optional<IntervalSet>& word = evidence.words.emplace_back();
      if (record.kept[i] == AuditClass::Exact) word = IntervalSet::single(record.words[i]);
    }
    return evidence;
  }

  // ---- what is found
  // -------------------------------------------------------------------------------------

  void add(Evidence evidence) {
    evidence.kind = EvidenceKind::Log;
    note_active(evidence.subject);
    if (!evidence.subject.valid() || !evidence.operation.valid()) ++reading_.vague;
    std::string key =
        fmt::format("{}/{}/{}", evidence.subject.valid() ? evidence.subject.value : ~0u,
                    evidence.operation.valid() ? evidence.operation.value : ~0u,
                    evidence.rule.valid() ? evidence.rule.value : ~0u);
    for (const auto& word : evidence.words) key += "/" + (word ? print(*word) : "-");
    if (!known_.insert(std::move(key)).second) return;
    evidence.at = at_;
    reading_.granted.push_back(std::move(evidence));
  }

  const Model& model_;
  const std::string& name_;
  std::string at_;  // the line that is read
  std::unordered_map<std::string, ComponentId> components_;
  std::unordered_map<std::string, OperationId> operations_;
  std::unordered_map<std::string, RuleId> rules_;
  bool lowered_ = false;
  std::optional<DecisionTable> table_;
  std::set<std::string> known_;
  LogReading reading_;
};

}  // namespace

Result<LogReading> read_log(const CheckedModel& model, const std::string& name,
                            std::string_view text) {
  LogReader reader(model, name);
  if (text.starts_with("{\"log\":")) {
    const Result<AuditLog> log = read_audit_log(text);
    if (!log.has_value()) {
      return fail(fmt::format("'{}' is not sound: {}", name, log.error().message),
                  "`bulkhead audit` says more");
    }
    reader.read(*log);
  } else {
    reader.read(model, text);
  }
  LogReading reading = reader.take();
  if (reading.records == 0) {
    return fail(fmt::format("'{}' holds no decision of a monitor", name),
                "give what `bulkhead run` printed, its audit log, or the microkernel's console");
  }
  return reading;
}

}  // namespace bh
