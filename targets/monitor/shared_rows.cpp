#include "targets/monitor/shared_rows.h"

#include <fmt/format.h>

#include <string>
#include <unordered_map>

namespace bh {

// Texts that are equal exactly for what is equal in the blob.

static std::string key_of(const ConditionRows& rows) {
  std::string text;
  for (const Clause& clause : rows) {
    for (const RangeTest& t : clause) text += fmt::format("{}:{}-{},", t.word, t.low, t.high);
    text += "|";
  }
  return text;
}

static std::string key_of(const RecordProfile& profile) {
  std::string text;
  const auto add = [&](const AuditField& field) {
    text += fmt::format("{}:{},", static_cast<int>(field.keep), field.bucket);
  };
  add(profile.who);
  add(profile.what);
  add(profile.why);
  for (const AuditField& word : profile.words) add(word);
  return text +
         fmt::format("1/{}:{}", profile.one_in, profile.counted ? profile.counted->value : 0);
}

static std::string key_of(const Model& model, const EndpointRow& endpoint) {
  std::string text;
  for (const MethodRow& m : endpoint.methods) {
    text += fmt::format("{} {} ", model.method_of(m.operation).name, static_cast<int>(m.kind));
    for (TypeKind kind : m.arguments) text += kind == TypeKind::Bytes ? 'b' : 'w';
    text += ">";
    for (TypeKind kind : m.results) text += kind == TypeKind::Bytes ? 'b' : 'w';
    text += key_of(m.results_when) + ";" + key_of(m.results_record) + "\n";
  }
  return text;
}

static std::string key_of(uint32_t interface, const Channel& channel) {
  std::string text = fmt::format("{}\n", interface);
  for (const Grant& grant : channel.grants) {
    text += fmt::format("{} {} ", grant.method, key_of(grant.when));
    text += (grant.record ? key_of(*grant.record) : "-") + "\n";
  }
  for (const RecordProfile& refusal : channel.refusals) text += key_of(refusal) + "\n";
  return text;
}

static void number_interfaces(const Model& model, const DecisionTable& table, SharedRows& rows) {
  std::unordered_map<std::string, uint32_t> known;
  for (EndpointId id : table.endpoints.ids()) {
    if (table.endpoints[id].methods.empty()) {
      rows.interface_of.add(SharedRows::NoInterface);
      continue;
    }
    const auto next = static_cast<uint32_t>(rows.interfaces.size());
    const auto [at, fresh] = known.emplace(key_of(model, table.endpoints[id]), next);
    if (fresh) rows.interfaces.push_back(id);
    rows.interface_of.add(at->second);
  }
}

SharedRows shared_rows(const Model& model, const DecisionTable& table) {
  SharedRows rows;
  number_interfaces(model, table, rows);
  std::unordered_map<std::string, uint32_t> known;
  uint32_t conditions = 0;
  for (ComponentId id : model.components.ids()) {
    std::vector<uint32_t> of;
    for (const Channel& channel : table.channels[id]) {
      const auto next = static_cast<uint32_t>(rows.rights.size());
      const uint32_t interface = rows.interface_of[channel.endpoint];
      const auto [at, fresh] = known.emplace(key_of(interface, channel), next);
      of.push_back(at->second);
      if (!fresh) continue;
      rows.rights.push_back(&channel);
      rows.condition_first.push_back(conditions);
      for (const Grant& grant : channel.grants) conditions += !always(grant.when);
    }
    rows.right_of.add(std::move(of));
  }
  return rows;
}

}  // namespace bh
