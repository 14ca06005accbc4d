#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/model/print.h"
#include "driver/cli/commands.h"
#include "driver/cli/selinux_commands.h"
#include "driver/pipeline/explain_request.h"
#include "driver/report/diagnostic_pages.h"
#include "driver/report/explain_report.h"

namespace bh::cli {

// "BH2001", "bh2001" or "2001"; empty for what is no code.
static std::string code_of(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  if (text.starts_with("BH")) text.erase(0, 2);
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  return digits ? "BH" + text : "";
}

static Exit explain_code(const std::string& code) {
  for (const DiagnosticPage& page : diagnostic_pages()) {
    if (page.code != code) continue;
    fmt::print("{}", page.text);
    return Exit::Clean;
  }
  return cannot_run({fmt::format("there is no diagnostic '{}'", code),
                     "codes look like BH2001 and stand in brackets behind each error"});
}

// What a statement stands for: sugar is printable.
static Exit explain_name(const std::string& name, const std::vector<std::string>& paths,
                         const std::string& setting) {
  auto opened = open_policy(paths, false, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  const LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const std::string text = print_statements(**policy.model, name);
  if (text.empty()) {
    return cannot_run(
        {fmt::format("nothing in policy '{}' is called '{}'", (*policy.model)->name, name),
         "name a rule, property, protocol, group, component, interface or type, or a code like "
         "BH2001"});
  }
  fmt::print("{}", text);
  return Exit::Clean;
}

static Exit exit_of(const RequestAnswer& answer) {
  const RequestExplanation& explanation = answer.explanation;
  if (explanation.internal_error) return Exit::Internal;
  if (explanation.widening && explanation.widening->internal_error) return Exit::Internal;
  if (answer.in_state == Can::Unknown) return Exit::Undecided;
  const bool granted = answer.in_state == Can::Yes && explanation.decision.granted();
  return granted ? Exit::Clean : Exit::Findings;
}

// Why a request is decided as it is.
static Exit explain_one_request(const RequestQuestion& question,
                                const std::vector<std::string>& paths, const std::string& setting,
                                bool json) {
  auto opened = open_policy(paths, json, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const SettingsChosen chosen = setting.empty() ? SettingsChosen::All : SettingsChosen::One;
  const auto answer = explain_request(policy, question, chosen);
  if (!answer.has_value()) return cannot_run(answer.error());
  if (!*answer) {
    print_findings(policy, json);
    return Exit::CannotRun;
  }
  fmt::print("{}", json ? answer_json(policy, question, **answer)
                        : print_answer(policy, question, **answer));
  return exit_of(**answer);
}

Exit explain(const Arguments& arguments) {
  if (about_selinux(arguments, 1)) return explain_selinux(arguments);
  const std::string& what = arguments.positional.at(0);
  const std::vector<std::string> paths(arguments.positional.begin() + 1,
                                       arguments.positional.end());
  if (what.find("->") != std::string::npos) {
    return explain_one_request({what, arguments.get("--in")}, paths, arguments.get("--set"),
                               arguments.get("--format") == "json");
  }
  if (arguments.has("--in")) {
    return cannot_run({"--in goes with a request",
                       "bulkhead explain \"Parser -> KeyStore.keys.sign\" --in Session.Open"});
  }
  const std::string code = code_of(what);
  if (!code.empty()) return explain_code(code);
  return explain_name(what, paths, arguments.get("--set"));
}

}  // namespace bh::cli
