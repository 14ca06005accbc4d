#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "driver/cli/commands.h"
#include "driver/report/diagnostic_pages.h"

namespace bh::cli {

Exit explain(const Arguments& arguments) {
  std::string code = arguments.positional.at(0);
  std::transform(code.begin(), code.end(), code.begin(), [](unsigned char c) { return std::toupper(c); });
  if (!code.starts_with("BH")) code = "BH" + code;
  for (const DiagnosticPage& page : diagnostic_pages()) {
    if (page.code != code) continue;
    fmt::print("{}", page.text);
    return Exit::Clean;
  }
  return cannot_run({fmt::format("there is no diagnostic '{}'", arguments.positional[0]),
                     "codes look like BH2001 and stand in brackets behind each error"});
}

}  // namespace bh::cli
