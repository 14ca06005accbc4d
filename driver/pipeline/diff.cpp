#include "driver/pipeline/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <thread>

namespace bh {

namespace {

// By a variant's name, the words of its values that both policies have, as each side numbers them.
struct SharedVariant {
  VariantId before;
  VariantId after;
};

std::optional<uint64_t> word_called(const Model& model, TypeId type, const std::string& name) {
  for (const Interval& i : model.types[type].domain.intervals()) {
    for (uint64_t word = i.low;; ++word) {
      if (print_word(model, type, word) == name) return word;
      if (word == i.high) break;
    }
  }
  return std::nullopt;
}

class SettingPairs {
 public:
  SettingPairs(const Model& before, const Model& after) : before_(before), after_(after) {
    for (VariantId id : after.variants.ids()) {
      const auto old = find(before, after.variants[id].name);
      if (old) {
        shared_.push_back({*old, id});
      } else {
        lone_.push_back(fmt::format("variant '{}' is new: compared with its standard value",
                                    after.variants[id].name));
      }
    }
    for (const Variant& variant : before.variants) {
      if (find(after, variant.name)) continue;
      lone_.push_back(
          fmt::format("variant '{}' is gone: compared with its standard value", variant.name));
    }
  }

  // Settings of both sides that are the same choice, the standard one of `after` first.
  std::vector<std::pair<Setting, Setting>> all() {
    std::vector<std::pair<Setting, Setting>> result;
    std::set<std::string> told;
    for (const Setting& setting : settings_of(after_)) {
      if (!lone_ones_are_standard(setting)) continue;
      Setting there;
      for (const Variant& variant : before_.variants) there.push_back(variant.standard);
      bool possible = true;
      for (const SharedVariant& shared : shared_) {
        const Variant& now = after_.variants[shared.after];
        const Variant& old = before_.variants[shared.before];
        const std::string value = print_word(after_, now.type, setting[shared.after.value]);
        const std::optional<uint64_t> word = word_called(before_, old.type, value);
        if (!word) {
          possible = false;
          if (told.insert(now.name + value).second) {
            lone_.push_back(fmt::format("{} = {} is new: there is nothing to compare it with",
                                        now.name, value));
          }
          continue;
        }
        there[shared.before.value] = *word;
      }
      if (possible) result.emplace_back(std::move(there), setting);
    }
    return result;
  }
  const std::vector<std::string>& lone() const { return lone_; }

 private:
  static std::optional<VariantId> find(const Model& model, const std::string& name) {
    for (VariantId id : model.variants.ids()) {
      if (model.variants[id].name == name) return id;
    }
    return std::nullopt;
  }

  bool lone_ones_are_standard(const Setting& setting) const {
    for (VariantId id : after_.variants.ids()) {
      const bool shared = std::any_of(shared_.begin(), shared_.end(),
                                      [&](const SharedVariant& s) { return s.after == id; });
      if (!shared && setting[id.value] != after_.variants[id].standard) return false;
    }
    return true;
  }

  const Model& before_;
  const Model& after_;
  std::vector<SharedVariant> shared_;
  std::vector<std::string> lone_;
};

template <class T>
void add_new(std::vector<T>& to, const std::vector<T>& more) {
  for (const T& item : more) {
    if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
  }
}

// Each change once, with the settings that it is in.
class Merged {
 public:
  void add(const std::string& setting, PolicyDiff one) {
    for (PolicyChange& change : one.changes) {
      const auto [at, is_new] = places_.emplace(change.id, all_.changes.size());
      if (is_new) all_.changes.push_back(std::move(change));
      std::vector<std::string>& settings = all_.changes[at->second].settings;
      if (settings.empty() || settings.back() != setting) settings.push_back(setting);
    }
    add_new(all_.renamed, one.renamed);
    add_new(all_.notes, one.notes);
    add_new(all_.unknown, one.unknown);
    all_.internal_error |= one.internal_error;
    all_.unrelated |= one.unrelated;
    all_.cells += one.cells;
    all_.questions += one.questions;
    ++count_;
  }

  PolicyDiff finish() {
    for (PolicyChange& change : all_.changes) {
      if (change.settings.size() == count_) change.settings.clear();
    }
    return std::move(all_);
  }

 private:
  PolicyDiff all_;
  size_t count_ = 0;
  std::map<std::string, size_t> places_;
};

// Each on one line, white space folded.
std::vector<std::string> property_texts(const LoadedPolicy& policy) {
  std::vector<std::string> result;
  for (const Property& property : (**policy.model).properties) {
    std::string& text = result.emplace_back();
    for (const char c : policy.sources.text(property.span)) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!space) text += c;
      if (space && !text.empty() && text.back() != ' ') text += ' ';
    }
  }
  return result;
}

bool same_text(const SourceMap& a, const SourceMap& b) {
  if (a.size() != b.size()) return false;
  for (uint32_t i = 0; i < a.size(); ++i) {
    if (a[FileId(i)].text() != b[FileId(i)].text()) return false;
  }
  return true;
}

}  // namespace

Result<SettingsDiff> diff_settings(const LoadedPolicy& before, const LoadedPolicy& after,
                                   const DiffOptions& given) {
  DiffOptions options = given;
  options.property_texts[0] = property_texts(before);
  options.property_texts[1] = property_texts(after);
  SettingsDiff result;
  result.same_text = same_text(before.sources, after.sources);
  SettingPairs pairs(**before.model, **after.model);
  const std::vector<std::pair<Setting, Setting>> settings = pairs.all();
  result.only_standard = pairs.lone();
  result.settings = settings.size();
  if (settings.size() == 1) {
    const auto& [was, is] = settings[0];
    if (setting_of(**before.model) == was && setting_of(**after.model) == is) {
      result.diff = diff_policies(*before.model, *after.model, options);
      return result;
    }
  }
  if (settings.empty()) {
    return fail("the variants of the two policies have no setting in common",
                "give them a value that both have");
  }
  Merged merged;
  for (const auto& [was, is] : settings) {
    const CheckedModel old = model_for(before, was);
    const CheckedModel now = model_for(after, is);
    const std::string name = print_setting(*now);
    merged.add(name.empty() ? "the standard setting" : name, diff_policies(old, now, options));
  }
  result.diff = merged.finish();
  return result;
}

std::pair<Result<LoadedPolicy>, Result<LoadedPolicy>> load_both(const PolicySource& before,
                                                                const PolicySource& after) {
  std::optional<Result<LoadedPolicy>> old;
  std::thread other([&] { old.emplace(load_policy(before)); });
  Result<LoadedPolicy> now = load_policy(after);
  other.join();
  return {std::move(*old), std::move(now)};
}

}  // namespace bh
