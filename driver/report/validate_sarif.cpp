#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/sha256.h"
#include "core/diag/render.h"
#include "driver/report/validate_report.h"

namespace bh {

using Json = nlohmann::ordered_json;

namespace {

// A path as a relative reference of RFC 3986: bytes outside of its plain characters in percent.
std::string uri(std::string_view path) {
  constexpr std::string_view Plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string out;
  for (const char c : path) {
    if (Plain.find(c) != Plain.npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Json location(std::string_view path, uint32_t line, uint32_t column) {
  Json region = {{"startLine", std::max(line, 1u)}};
  if (column > 0) region["startColumn"] = column;
  return {{"physicalLocation", {{"artifactLocation", {{"uri", uri(path)}}}, {"region", region}}}};
}

Json location(const Place& at) { return location(at.file, at.line, at.column); }

Json location(Span span, const SourceMap& sources) {
  const SourceFile& file = sources[span.file];
  const LineColumn at = file.position(span.begin);
  return location(file.path(), at.line, at.column);
}

Json flow(const Diagnostic& d) {
  Json steps = Json::array();
  for (const CodeStep& step : d.steps) {
    Json at = location(step.at);
    at["message"] = {{"text", step.text}};
    steps.push_back({{"location", at}});
  }
  return Json::array({{{"threadFlows", Json::array({{{"locations", steps}}})}}});
}

// The same for the same finding in every run, whatever line it is on.
std::string fingerprint(const Diagnostic& d) {
  return print(sha256(fmt::format("{}\n{}", d.code, fmt::join(d.key, "\n"))));
}

Json result(const Diagnostic& d, const SourceMap& sources) {
  std::string text = d.message;
  for (const std::string& note : d.notes) text += "\n" + note;
  for (const std::string& help : d.helps) text += "\nhelp: " + help;
  Json json = {{"ruleId", print_code(d.code)},
               {"level", d.severity == Severity::Warning ? "warning" : "error"},
               {"message", {{"text", text}}}};
  if (d.at)
    json["locations"] = Json::array({location(*d.at)});
  else if (d.span.valid())
    json["locations"] = Json::array({location(d.span, sources)});
  if (d.at && d.span.valid()) {
    Json policy = location(d.span, sources);
    policy["message"] = {{"text", "what the policy says"}};
    json["relatedLocations"] = Json::array({policy});
  }
  if (!d.steps.empty()) json["codeFlows"] = flow(d);
  json["partialFingerprints"] = {{"bulkheadKey/v1", fingerprint(d)}};
  json["properties"] = {{"severity", std::string(print(d.severity))}, {"key", d.key}};
  return json;
}

Json rules(const ValidationReport& report) {
  std::set<uint16_t> used;
  for (const Diagnostic& d : report.policy.sink.diagnostics()) used.insert(d.code);
  if (report.accepted != nullptr)
    for (const AcceptedFinding& each : *report.accepted) used.insert(each.finding.code);
  Json list = Json::array();
  for (const CodeInfo& info : all_codes()) {
    if (!used.contains(info.number)) continue;
    list.push_back({{"id", print_code(info.number)},
                    {"name", info.name},
                    {"help", {{"text", "bulkhead explain " + print_code(info.number)}}}});
  }
  return list;
}

Json results(const ValidationReport& report) {
  Json list = Json::array();
  for (const Diagnostic& d : report.policy.sink.diagnostics()) {
    list.push_back(result(d, report.policy.sources));
    if (report.accepted != nullptr) list.back()["baselineState"] = "new";
  }
  if (report.accepted == nullptr) return list;
  for (const AcceptedFinding& each : *report.accepted) {
    Json json = result(each.finding, report.policy.sources);
    json["baselineState"] = "unchanged";
    json["suppressions"] = Json::array({{{"kind", "external"}, {"justification", each.reason}}});
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

std::string validation_sarif(const ValidationReport& report) {
  const Json driver = {{"name", "bulkhead"}, {"rules", rules(report)}};
  const Json run = {{"tool", {{"driver", driver}}},
                    {"columnKind", "utf16CodeUnits"},
                    {"results", results(report)}};
  const Json document = {{"version", "2.1.0"},
                         {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                         {"runs", Json::array({run})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bh
