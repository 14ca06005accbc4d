#include "driver/pipeline/check_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "lang/check.h"

namespace bh {

namespace {

// Findings that say that something can never matter.
bool is_idle(uint16_t code) {
  static constexpr uint16_t Idle[] = {diag::DeadRule.number,         diag::ShadowedRule.number,
                                      diag::CancelledRule.number,    diag::ConflictingRules.number,
                                      diag::RuleNeverEnabled.number, diag::UnreachableState.number,
                                      diag::VacuousProperty.number};
  return std::find(std::begin(Idle), std::end(Idle), code) != std::end(Idle);
}

struct Finding {
  const Diagnostic* first;
  std::set<size_t> settings;  // where it was found
};

class Family {
 public:
  // What is found in the next setting. `sink` must stay.
  void add(std::string name, const DiagnosticSink& sink) {
    const size_t setting = names_.size();
    names_.push_back(std::move(name));
    for (const Diagnostic& d : sink.diagnostics()) {
      const auto key = std::tuple(d.code, d.span, is_idle(d.code) ? std::string() : d.message);
      const auto [at, is_new] = index_.emplace(key, findings_.size());
      if (is_new) findings_.push_back({&d, {}});
      findings_[at->second].settings.insert(setting);
    }
  }

  void report(std::optional<size_t> only, DiagnosticSink& to) const {
    for (const Finding& finding : findings_) {
      const bool everywhere = finding.settings.size() == names_.size();
      if (is_idle(finding.first->code) && !everywhere) continue;
      if (only && !finding.settings.contains(*only)) continue;
      Diagnostic d = *finding.first;
      if (!everywhere && !only) {
        const std::string& setting = names_[*finding.settings.begin()];
        d.notes.push_back(setting.empty() ? "only in some variants, the standard one among them"
                                          : "only in some variants: with " + setting);
      }
      to.add(std::move(d));
    }
  }

 private:
  std::vector<std::string> names_;  // of the settings; the standard one has none
  std::vector<Finding> findings_;
  std::map<std::tuple<uint16_t, Span, std::string>, size_t> index_;
};

void merge(CheckResult& to, CheckResult more) {
  for (size_t i = 0; i < to.properties.size(); ++i) {
    PropertyVerdict& worst = to.properties[i];
    PropertyVerdict& other = more.properties[i];
    const bool vacuous = worst.vacuous && other.vacuous;
    std::vector<ComponentId> trusted;
    std::set_union(worst.trusted.begin(), worst.trusted.end(), other.trusted.begin(),
                   other.trusted.end(), std::back_inserter(trusted));
    if (badness(other.verdict) > badness(worst.verdict)) worst = std::move(other);
    worst.vacuous = vacuous;
    worst.trusted = std::move(trusted);
  }
  std::move(more.obligations.begin(), more.obligations.end(), std::back_inserter(to.obligations));
  std::move(more.not_exported.begin(), more.not_exported.end(),
            std::back_inserter(to.not_exported));
  to.cells = std::max(to.cells, more.cells);
  to.conditional_cells = std::max(to.conditional_cells, more.conditional_cells);
  to.questions += more.questions;
  to.tests += more.tests;
  to.tests_failed += more.tests_failed;
  to.internal_error = to.internal_error || more.internal_error;
}

std::string name_suffix(const std::string& setting) {
  return setting.empty() ? "" : " (with " + setting + ")";
}

}  // namespace

SettingsResult check_settings(LoadedPolicy& policy, const CheckOptions& options,
                              const std::optional<Setting>& only) {
  const std::vector<Setting> settings = settings_of(**policy.model);
  if (settings.size() == 1) return {check_policy(*policy.model, options, policy.sink), 1};
  std::deque<DiagnosticSink> sinks;
  Family family;
  std::optional<CheckResult> all;
  std::optional<size_t> only_place;
  for (size_t i = 0; i < settings.size(); ++i) {
    const CheckedModel model = model_for(policy, settings[i]);
    CheckResult one = check_policy(model, options, sinks.emplace_back());
    const std::string setting = print_setting(*model);
    family.add(setting, sinks.back());
    for (Obligation& obligation : one.obligations) obligation.name += name_suffix(setting);
    for (std::string& name : one.not_exported) name += name_suffix(setting);
    if (only && setting_of(*model) != *only) continue;
    if (only) only_place = i;
    if (all) {
      merge(*all, std::move(one));
    } else {
      all = std::move(one);
    }
  }
  family.report(only_place, policy.sink);
  return {std::move(*all), only ? 1 : settings.size()};
}

}  // namespace bh
