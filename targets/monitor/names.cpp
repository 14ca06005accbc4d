#include "targets/monitor/names.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "targets/monitor/emit.h"
#include "targets/monitor/shared_rows.h"

namespace bh {

using Json = nlohmann::ordered_json;

static std::string endpoint_name(const Model& model, EndpointId id) {
  const Endpoint& endpoint = model.endpoints[id];
  const std::string& owner = model.components[endpoint.owner].name;
  return endpoint.name.empty() ? owner : owner + "." + endpoint.name;
}

static Json rules_json(const Model& model, const Grant& grant, const SourceMap& sources) {
  Json rules = Json::array();
  for (RuleId id : grant.rules) {
    const Rule& rule = model.rules[id];
    rules.push_back({{"rule", rule.name},
                     {"kind", rule.kind == RuleKind::Allow ? "allow" : "deny"},
                     {"at", sources.print(rule.span)}});
  }
  return rules;
}

static Json channels_json(const Model& model, const std::vector<Channel>& channels,
                          const SourceMap& sources, const SharedRows& shared,
                          const std::vector<uint32_t>& rights) {
  Json result = Json::array();
  for (size_t i = 0; i < channels.size(); ++i) {
    const Channel& channel = channels[i];
    uint32_t next_condition = shared.condition_first[rights[i]];
    Json grants = Json::array();
    for (const Grant& grant : channel.grants) {
      const OperationId operation = model.endpoints[channel.endpoint].operations[grant.method];
      Json row = {{"method", grant.method}, {"name", model.method_of(operation).name}};
      if (!always(grant.when)) row["condition"] = next_condition++;
      row["rules"] = rules_json(model, grant, sources);
      grants.push_back(std::move(row));
    }
    result.push_back(
        {{"endpoint", endpoint_name(model, channel.endpoint)}, {"grants", std::move(grants)}});
  }
  return result;
}

std::string names_json(const Model& model, const DecisionTable& table, const SourceMap& sources) {
  Json components = Json::array();
  const SharedRows shared = shared_rows(model, table);
  for (ComponentId id : model.components.ids()) {
    components.push_back({{"name", model.components[id].name},
                          {"channels", channels_json(model, table.channels[id], sources, shared,
                                                     shared.right_of[id])}});
  }
  Json endpoints = Json::array();
  for (EndpointId id : model.endpoints.ids()) {
    Json methods = Json::array();
    for (OperationId operation : model.endpoints[id].operations) {
      methods.push_back(model.method_of(operation).name);
    }
    endpoints.push_back({{"name", endpoint_name(model, id)}, {"methods", std::move(methods)}});
  }
  Json protocols = Json::array();
  for (const ProtocolTable& row : table.protocols) {
    const Protocol& protocol = model.protocols[row.protocol];
    Json states = Json::array();
    for (const State& state : protocol.states) states.push_back(state.name);
    protocols.push_back({{"name", protocol.name},
                         {"endpoint", endpoint_name(model, row.endpoint)},
                         {"states", std::move(states)},
                         {"at", sources.print(protocol.span)}});
  }
  const Json all = {{"format", 1},
                    {"policy", model.name},
                    {"version", model.version},
                    {"abi_hash", fmt::format("{:016x}", abi_hash(model, table))},
                    {"components", std::move(components)},
                    {"endpoints", std::move(endpoints)},
                    {"protocols", std::move(protocols)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bh
