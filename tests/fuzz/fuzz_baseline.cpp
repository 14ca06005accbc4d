// Any bytes as a baseline: reading ends, what is accepted is written as itself, and applying it
// loses no finding and accepts no more of them than it says.
#include "core/base/check.h"
#include "driver/pipeline/baseline.h"

using namespace bh;

namespace {

constexpr size_t MostTimes = 8;
constexpr Date Today{std::chrono::year(2026), std::chrono::month(3), std::chrono::day(1)};

// One finding more than each entry accepts, as far as that is few.
DiagnosticSink findings_for(const Baseline& baseline) {
  DiagnosticSink sink;
  for (const BaselineEntry& entry : baseline.entries)
    for (size_t i = 0; i <= std::min(entry.times, MostTimes); ++i) {
      Diagnostic finding;
      finding.code = entry.code;
      finding.key = entry.what;
      sink.add(finding);
    }
  return sink;
}

size_t accepted_by(const Baseline& baseline) {
  size_t times = 0;
  for (const BaselineEntry& entry : baseline.entries) {
    const bool expired =
        entry.expires && std::chrono::sys_days(*entry.expires) < std::chrono::sys_days(Today);
    if (!expired) times += std::min(entry.times, MostTimes + 1);
  }
  return times;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Baseline> baseline = parse_baseline(text, "baseline.json");
  if (!baseline) return 0;
  const std::string printed = print_json(*baseline);
  const Result<Baseline> again = parse_baseline(printed, "baseline.json");
  BH_CHECK(again.has_value());
  BH_CHECK(print_json(*again) == printed);

  const DiagnosticSink findings = findings_for(*baseline);
  const Baselined applied = apply(*again, findings, Today);
  BH_CHECK(applied.accepted.size() == accepted_by(*baseline));
  size_t left = 0;
  for (const Diagnostic& finding : applied.remaining.diagnostics())
    left +=
        finding.code != diag::BaselineStale.number && finding.code != diag::BaselineExpired.number;
  BH_CHECK(applied.accepted.size() + left == findings.diagnostics().size());

  const Result<Baseline> renewed = renew(*baseline, findings, "", std::nullopt);
  BH_CHECK(renewed.has_value());
  BH_CHECK(renewed->entries.size() == baseline->entries.size());
  return 0;
}
