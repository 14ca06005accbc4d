#include "driver/report/validate_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/diag/render.h"

namespace bh {

using Json = nlohmann::ordered_json;

static Json findings_json(const DiagnosticSink& sink, const SourceMap& sources) {
  return Json::parse(render_json(sink, sources));
}

std::string validation_json(const ValidationReport& report) {
  const Model& model = **report.policy.model;
  Json document = {
      {"version", 1}, {"command", "validate"}, {"policy", model.name}, {"release", model.version}};
  document.update(Json::parse(print_json(report.result, model)));
  document["findings"] = findings_json(report.policy.sink, report.policy.sources);
  if (report.accepted == nullptr) return document.dump(2) + "\n";
  for (Json& finding : document["findings"]) finding["baselineState"] = "new";
  DiagnosticSink accepted;
  for (const AcceptedFinding& each : *report.accepted) accepted.add(each.finding);
  document["accepted"] = findings_json(accepted, report.policy.sources);
  for (size_t i = 0; i < report.accepted->size(); ++i) {
    const AcceptedFinding& each = (*report.accepted)[i];
    Json& json = document["accepted"][i];
    json["baselineState"] = "unchanged";
    json["reason"] = each.reason;
    json["expires"] = each.expires ? Json(print(*each.expires)) : Json(nullptr);
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// ---- GitHub -------------------------------------------------------------------------------------

// A workflow command ends at the line's end, its properties at commas and colons.
static std::string escaped(std::string_view text, std::string_view also) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\n' || c == '\r' || also.find(c) != also.npos;
    out += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

static std::string github_place(const Diagnostic& d, const SourceMap& sources) {
  constexpr std::string_view Special = ":,";
  if (d.at)
    return fmt::format("file={},line={},col={},", escaped(d.at->file, Special), d.at->line,
                       d.at->column);
  if (!d.span.valid()) return "";
  const SourceFile& file = sources[d.span.file];
  const LineColumn at = file.position(d.span.begin);
  return fmt::format("file={},line={},col={},", escaped(file.path(), Special), at.line, at.column);
}

std::string validation_github(const ValidationReport& report) {
  std::string text;
  for (const Diagnostic& d : report.policy.sink.diagnostics()) {
    std::string message = d.message;
    for (const std::string& note : d.notes) message += "\n" + note;
    for (const std::string& help : d.helps) message += "\nhelp: " + help;
    text += fmt::format(
        "::{} {}title={}::{}\n", d.severity == Severity::Warning ? "warning" : "error",
        github_place(d, report.policy.sources), print_code(d.code), escaped(message, ""));
  }
  return text;
}

// ---- text ---------------------------------------------------------------------------------------

std::string print_accepted(const std::vector<AcceptedFinding>& accepted, Detail detail) {
  std::map<uint16_t, size_t> counts;
  std::string list;
  for (const AcceptedFinding& each : accepted) {
    ++counts[each.finding.code];
    if (detail == Detail::Brief) continue;
    const std::string until = each.expires ? " until " + print(*each.expires) : "";
    list += fmt::format("  {} {}\n         accepted{} because \"{}\"\n",
                        print_code(each.finding.code), each.finding.message, until, each.reason);
  }
  std::vector<std::string> codes;
  for (const auto& [code, count] : counts)
    codes.push_back(fmt::format("{} {}", count, print_code(code)));
  return fmt::format("accepted by the baseline: {}{}\n{}", accepted.size(),
                     codes.empty() ? "" : fmt::format(" ({})", fmt::join(codes, ", ")), list);
}

}  // namespace bh
