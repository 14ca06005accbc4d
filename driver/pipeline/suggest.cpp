#include "driver/pipeline/suggest.h"

#include <fmt/format.h>

#include <charconv>

#include "analyzer/validate.h"
#include "lang/compile.h"
#include "lang/format.h"

namespace bh {

Result<FirstPolicy> make_first_policy(const Advice& advice, const Facts& facts) {
  SourceMap sources;
  DiagnosticSink sink;
  const auto wrong = [&] {
    return fail("internal error: the first policy is not one; please report this: " +
                (sink.diagnostics().empty() ? "" : sink.diagnostics().front().message));
  };
  const FileId raw = sources.add("suggested.bh", first_policy(advice, facts));
  std::optional<std::string> text = format(sources[raw], raw, sink);
  if (!text) return wrong();
  FirstPolicy policy{std::move(*text), {}};
  const FileId file = sources.add("suggested.bh", policy.text);
  const std::optional<CheckedModel> model = compile(sources, {file}, sink);
  if (!model) return wrong();
  validate(*model, facts, {}, sink);
  for (const Diagnostic& d : sink.diagnostics())
    if (d.code >= 5000) policy.findings.push_back(print_code(d.code) + ": " + d.message);
  return policy;
}

Result<std::map<std::string, uint64_t>> parse_profile(std::string_view text,
                                                      const std::string& path) {
  constexpr uint64_t MostCalls = uint64_t{1} << 48;
  std::map<std::string, uint64_t> profile;
  size_t number = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    line = line.substr(0, line.find('#'));
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == line.npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    // C++ names hold spaces, so the number is what stands last.
    const size_t gap = line.find_last_of(" \t");
    uint64_t calls = 0;
    const std::string_view digits = gap == line.npos ? "" : line.substr(gap + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), calls);
    const bool good = !digits.empty() && error == std::errc() &&
                      end == digits.data() + digits.size() && calls <= MostCalls;
    if (!good)
      return fail(fmt::format("{}:{} is no line of a profile", path, number),
                  "write: read_packet 1200");
    const std::string_view name = line.substr(0, line.find_last_not_of(" \t", gap) + 1);
    profile[std::string(name)] += calls;
  }
  return profile;
}

}  // namespace bh
