#include "driver/report/least_privilege_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/counted.h"
#include "driver/report/check_report.h"
#include "driver/report/differences.h"

namespace bh {

namespace {

using Json = nlohmann::ordered_json;

std::string_view print(Knowledge knowledge) {
  switch (knowledge) {
    case Knowledge::Nothing:
      return "nothing";
    case Knowledge::Partial:
      return "partial";
    case Knowledge::Some:
      return "some";
  }
  BH_CHECK(false);
}

size_t requests(const ComponentEvidence& known, EvidenceKind kind) {
  return known.requests[static_cast<size_t>(kind)];
}

// "2 requirements, 7 test steps, code: 3 requests, no log"
std::string sources_of(const ComponentEvidence& known) {
  const size_t required = requests(known, EvidenceKind::Requirement);
  const size_t tested = requests(known, EvidenceKind::Test);
  std::string text = required == 0 ? "no requirement" : counted(required, "requirement");
  text += ", " + (tested == 0 ? std::string("no test") : counted(tested, "test step"));
  if (!known.code) {
    text += ", no code";
  } else {
    text += ", code: " + counted(requests(known, EvidenceKind::Code), "request");
    if (known.knowledge == Knowledge::Partial) text += " and more that was not followed";
  }
  if (!known.log) return text + ", no log";
  return text + ", log: " + counted(requests(known, EvidenceKind::Log), "request");
}

std::string print_evidence(const Model& model, const LeastResult& result) {
  constexpr size_t MostRows = 20;
  size_t width = 0;
  size_t rows = 0;
  for (const ComponentEvidence& known : result.evidence) {
    if (rows++ < MostRows) width = std::max(width, model.components[known.component].name.size());
  }
  std::string text;
  for (size_t i = 0; i < result.evidence.size() && i < MostRows; ++i) {
    const ComponentEvidence& known = result.evidence[i];
    text += fmt::format("evidence  {:<{}}  {}\n", model.components[known.component].name, width,
                        sources_of(known));
  }
  if (rows > MostRows) text += fmt::format("evidence  of {} more components\n", rows - MostRows);
  return text;
}

}  // namespace

static size_t offered(const LeastResult& result) {
  return static_cast<size_t>(std::count_if(result.edits.begin(), result.edits.end(),
                                           [](const PolicyEdit& edit) { return edit.offered(); }));
}

std::string print_edits(const LeastResult& result) {
  std::string text;
  for (const PolicyEdit& edit : result.edits) {
    if (!edit.offered()) continue;
    text +=
        fmt::format("edit      {}{}{}\n", edit.summary, edit.exact ? "" : " (some excess remains)",
                    edit.minimal ? "" : " (not proven minimal)");
  }
  for (const EditedFile& file : result.files) {
    text += fmt::format("{}:\n{}", file.path, print_differences(file.before, file.after));
  }
  return text;
}

std::string print_least_privilege(const LoadedPolicy& policy, const LeastResult& result) {
  std::string text = print_evidence(**policy.model, result) + print_edits(result);
  text += fmt::format("least privilege: {} of {} granted operations in excess | {}",
                      result.excess_cells, result.cells, counted(offered(result), "edit"));
  if (offered(result) > 0) {
    text += result.minimal() ? ", the smallest" : ", not proven the smallest";
  }
  return text + "\n";
}

std::string least_privilege_json(const LoadedPolicy& policy, const LeastResult& result) {
  const Model& model = **policy.model;
  Json document = Json::parse(check_json(policy, result.check.result));
  Json least = {{"granted_operations", result.cells}, {"excess_operations", result.excess_cells}};
  least["evidence"] = Json::array();
  for (const ComponentEvidence& known : result.evidence) {
    least["evidence"].push_back(
        {{"component", model.components[known.component].name},
         {"known", print(known.knowledge)},
         {"requirements", requests(known, EvidenceKind::Requirement)},
         {"tests", requests(known, EvidenceKind::Test)},
         {"code", known.code ? Json(requests(known, EvidenceKind::Code)) : Json()},
         {"log", known.log ? Json(requests(known, EvidenceKind::Log)) : Json()}});
  }
  least["excess"] = Json::array();
  for (const ExcessRegion& region : result.excess) {
    least["excess"].push_back({{"rule", model.rules[region.rule].name},
                               {"subject", model.components[region.subject].name},
                               {"operation", bh::print(model, region.operation)},
                               {"when", region.when.empty() ? "true" : region.when},
                               {"known", print(region.knowledge)}});
  }
  least["edits"] = Json::array();
  for (const PolicyEdit& edit : result.edits) {
    Json row = {{"rule", model.rules[edit.rule].name},
                {"edit", edit.summary},
                {"exact", edit.exact},
                {"minimal", edit.minimal}};
    if (!edit.obstacle.empty()) row["obstacle"] = edit.obstacle;
    if (!edit.objection.empty()) row["objection"] = edit.objection;
    least["edits"].push_back(std::move(row));
  }
  least["minimal"] = result.minimal();
  least["files"] = Json::array();
  for (const EditedFile& file : result.files) {
    least["files"].push_back({{"path", file.path}, {"text", file.after}});
  }
  document["least_privilege"] = std::move(least);
  return document.dump(2) + "\n";
}

}  // namespace bh
