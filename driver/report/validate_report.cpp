#include "driver/report/validate_report.h"

#include <nlohmann/json.hpp>

#include "core/diag/render.h"

namespace bh {

std::string validation_json(const LoadedPolicy& policy, const ValidationResult& result) {
  using Json = nlohmann::ordered_json;
  const Model& model = **policy.model;
  Json document = {{"version", 1}, {"command", "validate"}, {"policy", model.name}, {"release", model.version}};
  document.update(Json::parse(print_json(result, model)));
  document["findings"] = Json::parse(render_json(policy.sink, policy.sources));
  return document.dump(2) + "\n";
}

}  // namespace bh
