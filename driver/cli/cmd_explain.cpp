#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/model/print.h"
#include "driver/cli/commands.h"
#include "driver/report/diagnostic_pages.h"

namespace bh::cli {

// "BH2001", "bh2001" or "2001"; empty for what is no code.
static std::string code_of(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  if (text.starts_with("BH")) text.erase(0, 2);
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
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
static Exit explain_name(const std::string& name, const std::vector<std::string>& paths, const std::string& setting) {
  auto opened = open_policy(paths, false, setting);
  if (const Exit* exit = std::get_if<Exit>(&opened)) return *exit;
  const LoadedPolicy& policy = std::get<LoadedPolicy>(opened);
  const std::string text = print_statements(**policy.model, name);
  if (text.empty()) {
    return cannot_run({fmt::format("nothing in policy '{}' is called '{}'", (*policy.model)->name, name),
                       "name a rule, property, protocol, group, component, interface or type, or a code like BH2001"});
  }
  fmt::print("{}", text);
  return Exit::Clean;
}

Exit explain(const Arguments& arguments) {
  const std::string& what = arguments.positional.at(0);
  const std::string code = code_of(what);
  if (!code.empty()) return explain_code(code);
  return explain_name(what, {arguments.positional.begin() + 1, arguments.positional.end()}, arguments.get("--set"));
}

}  // namespace bh::cli
