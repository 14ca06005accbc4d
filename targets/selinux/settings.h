// The settings of a policy's variants as states of SELinux's booleans.
//
// A variant that a product may still choose is one boolean, so it has to be a bool; one that
// `--set` fixed has none.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/model.h"

namespace bh {

// By number of the setting. One policy has at most 1024.
using SettingSet = std::vector<bool>;

SettingSet no_setting(size_t settings);
SettingSet every_setting(size_t settings);
bool is_every(const SettingSet& set);
bool is_empty(const SettingSet& set);
bool is_subset(const SettingSet& set, const SettingSet& of);
void add(SettingSet& to, const SettingSet& more);

// INVARIANT: `values` has every combination once, the standard one first.
struct SelinuxSettings {
  std::vector<std::string> booleans;      // their names, in the order of the variants
  std::vector<std::vector<bool>> values;  // by setting, then by boolean

  size_t size() const { return values.size(); }
};

// The variants in which the models differ, in declaration order.
std::vector<VariantId> open_variants(std::span<const CheckedModel> settings);

// A CIL expression, "(and a (not b))", that holds in these settings and in no others. Neither all
// nor none of them may be given. Short rather than shortest.
std::string condition_of(const SelinuxSettings& settings, const SettingSet& where);

// "a = true, b = false"
std::string print(const SelinuxSettings& settings, size_t setting);

}  // namespace bh
