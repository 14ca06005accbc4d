#include "driver/pipeline/test_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "core/model/print.h"

namespace bh {

TestCounts test_settings(const std::vector<CheckedModel>& models, DiagnosticSink& sink) {
  TestCounts all;
  for (const CheckedModel& model : models) {
    const TestCounts counts = run_tests(model, sink);
    all.run += counts.run;
    all.failed += counts.failed;
  }
  return all;
}

Coverage cover_settings(const std::vector<CheckedModel>& models, const CoverageOptions& options) {
  Coverage all = measure_coverage(models[0], options);
  std::map<std::tuple<CoverageKind, Span, std::string>, size_t> index;
  for (size_t i = 0; i < all.items.size(); ++i) {
    index[{all.items[i].kind, all.items[i].span, all.items[i].text}] = i;
  }
  for (size_t m = 1; m < models.size(); ++m) {
    const Coverage more = measure_coverage(models[m], options);
    for (const CoverageItem& item : more.items) {
      const auto [at, is_new] =
          index.try_emplace({item.kind, item.span, item.text}, all.items.size());
      if (is_new) {
        all.items.push_back(item);
      } else {
        all.items[at->second].tested |= item.tested;
        all.items[at->second].noticed |= item.noticed;
      }
    }
    all.unasked = std::max(all.unasked, more.unasked);
  }
  return all;
}

// Of two fates the heavier is that of both.
static int weight(Fate fate) {
  switch (fate) {
    case Fate::Equivalent:
      return 0;
    case Fate::Undecided:
      return 1;
    case Fate::Survived:
      return 2;
    case Fate::KilledByCheck:
    case Fate::KilledByProperty:
    case Fate::KilledByTest:
      return 3;
  }
  BH_CHECK(false);
}

static ReportedMutant reported(const CheckedModel& model, const MutantResult& result) {
  ReportedMutant row;
  row.kind = result.mutation.kind;
  row.span = result.mutation.span;
  row.text = fmt::format("'{}' {}", result.mutation.subject, result.mutation.text);
  row.fate = result.fate;
  row.killer = result.killer;
  row.reason = result.reason;
  if (result.fate == Fate::Survived) row.test = print(*model, result.test);
  return row;
}

MutationReport mutate_settings(const std::vector<CheckedModel>& models,
                               const MutationOptions& options,
                               const std::function<void(size_t, size_t)>& progress) {
  MutationReport report;
  std::map<std::tuple<MutationKind, Span, std::string>, size_t> index;
  size_t tried = 0;
  for (size_t m = 0; m < models.size(); ++m) {
    MutationRun run(models[m], options);
    report.possible = std::max(report.possible, run.possible());
    report.complete = report.complete && run.size() == run.possible();
    while (const std::optional<MutantResult> result = run.next()) {
      ReportedMutant row = reported(models[m], *result);
      const auto [at, is_new] =
          index.try_emplace({row.kind, row.span, row.text}, report.mutants.size());
      if (is_new) {
        report.mutants.push_back(std::move(row));
      } else if (weight(row.fate) > weight(report.mutants[at->second].fate)) {
        report.mutants[at->second] = std::move(row);
      }
      progress(++tried, run.size() * models.size());
    }
  }
  report.possible = std::max(report.possible, report.mutants.size());
  for (const ReportedMutant& mutant : report.mutants) report.score.add(mutant.fate);
  return report;
}

}  // namespace bh
