#include "targets/monitor/limits.h"

#include <algorithm>
#include <string>

#include "targets/microkernel/abi/bh_table.h"
#include "targets/monitor/shared_rows.h"

namespace bh {

namespace {

class Limits {
 public:
  explicit Limits(DiagnosticSink& sink) : sink_(sink) {}

  void at_most(Span span, const std::string& what, size_t count, std::string_view unit,
               size_t limit) {
    if (count <= limit) return;
    sink_.report(span, diag::MonitorLimit, what, count, unit, limit);
    held_ = false;
  }
  void message_fits(const Model& model, Span span, const std::string& what,
                    const std::vector<Parameter>& parameters) {
    uint64_t bytes = 0;
    for (const Parameter& parameter : parameters) {
      const Type& type = model.types[parameter.type];
      if (type.kind != TypeKind::Bytes) continue;
      const uint64_t longest = type.domain.intervals().back().high;
      bytes = longest > UINT64_MAX - bytes ? UINT64_MAX : bytes + longest;
    }
    if (bytes <= BH_BUFFER_BYTES) return;
    sink_.report(span, diag::MessageTooLong, what, bytes, uint64_t{BH_BUFFER_BYTES});
    held_ = false;
  }
  bool held() const { return held_; }

 private:
  DiagnosticSink& sink_;
  bool held_ = true;
};

}  // namespace

static void check_method(const Model& model, const Method& method, Limits& limits) {
  const std::string name = "'" + method.name + "'";
  limits.at_most(method.span, name, method.parameters.size(), "parameters", BH_WORDS);
  limits.at_most(method.span, name, method.results.size(), "results", BH_WORDS);
  limits.message_fits(model, method.span, method.name, method.parameters);
  limits.message_fits(model, method.span, method.name, method.results);
}

static void check_protocols(const Model& model, const DecisionTable& table, Limits& limits) {
  size_t instances = 0;
  for (const ProtocolTable& row : table.protocols) {
    const Protocol& protocol = model.protocols[row.protocol];
    const std::string name = "'" + protocol.name + "'";
    limits.at_most(protocol.span, name, row.states, "states", BH_STATES);
    limits.at_most(protocol.span, name, row.counters, "limited transitions in one state",
                   BH_COUNTERS);
    instances += row.instances == InstanceKind::Shared ? 1 : model.components.size();
  }
  limits.at_most(model.span, "the policy", instances, "protocol instances", BH_MAX_INSTANCES);
}

bool within_limits(const Model& model, const DecisionTable& table, DiagnosticSink& sink) {
  Limits limits(sink);
  limits.at_most(model.span, "the policy", model.components.size(), "components and objects",
                 BH_MAX_COMPONENTS);
  limits.at_most(model.span, "the policy", model.endpoints.size(), "endpoints", BH_NONE16 - 1);
  limits.at_most(model.span, "the policy", table.protocols.size(), "protocols", BH_NONE16 - 1);
  for (const Endpoint& endpoint : model.endpoints) {
    const std::string name = "'" + model.components[endpoint.owner].name +
                             (endpoint.name.empty() ? "'" : "." + endpoint.name + "'");
    limits.at_most(endpoint.span, name, endpoint.operations.size(), "methods", BH_METHODS);
  }
  for (const Method& method : model.methods) check_method(model, method, limits);
  check_protocols(model, table, limits);
  const auto& audits = model.audits;
  const auto sampled = std::count_if(audits.begin(), audits.end(),
                                     [](const Audit& audit) { return audit.one_in != 1; });
  limits.at_most(model.span, "the policy", static_cast<size_t>(sampled),
                 "audit statements with `1 in`", BH_MAX_SAMPLES);
  const SharedRows shared = shared_rows(model, table);
  limits.at_most(model.span, "the policy", shared.rights.size(), "different rights", BH_NONE16 - 1);
  return limits.held();
}

}  // namespace bh
