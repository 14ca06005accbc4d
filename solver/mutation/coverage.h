// What of a policy its tests exercise and its properties depend on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"
#include "solver/check.h"
#include "solver/mutation/verdicts.h"

namespace bh {

// What there is to cover, and when a test covers it.
enum class CoverageKind : uint8_t {
  Rule,        // an allow: it matches a request that is granted; a deny: one that is refused
  Transition,  // it is taken
  Timeout,     // it moves an instance that the test then asks
  Limit,       // a request is refused because it is used up
  Refusal,     // of a component that some allow speaks of: it is refused by default
};

struct CoverageItem {
  CoverageKind kind = CoverageKind::Rule;
  Span span;
  std::string text;  // "allow 'tx'", "'Session': Open -lock-> Locked"
  bool tested = false;
  // Not tested, but the verdict of some property is another without it. Of a refusal: a `holds`
  // bounds what the component is granted.
  bool noticed = false;

  RuleId rule;            // Rule
  ProtocolId protocol;    // Transition, Timeout, Limit: the first of its statement
  uint32_t index = 0;     // of the transition, or of the state that the timeout ends
  ComponentId component;  // Refusal

  bool covered() const { return tested || noticed; }
};

struct Coverage {
  std::vector<CoverageItem> items;  // by kind, then in declaration order
  // Items that no test covers and about which the properties were not asked, for there are too
  // many.
  size_t unasked = 0;

  size_t count(CoverageKind kind) const;
  size_t covered(CoverageKind kind) const;
  // Of all kinds together; 100 only when everything is covered, also when there is nothing.
  unsigned percent() const;
};

struct CoverageOptions {
  CheckOptions check = brief_check();
  size_t most_questions = 200;  // items about which the properties are asked
};

Coverage measure_coverage(const CheckedModel& model, const CoverageOptions& options);

// "rules", "transitions", ...
std::string_view print_plural(CoverageKind kind);
const std::vector<CoverageKind>& all_coverage_kinds();

}  // namespace bh
