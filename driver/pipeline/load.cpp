#include "driver/pipeline/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "driver/pipeline/files.h"
#include "lang/check.h"
#include "lang/imports.h"

namespace bh {

// Whether the text has anything but white space and `//` comments.
static bool says_something(std::string_view text) {
  while (true) {
    const size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start);
    if (!text.starts_with("//")) return true;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

static std::optional<uint64_t> parse_word(const Model& model, const Type& type, TypeId id,
                                          std::string_view text) {
  for (const Interval& i : type.domain.intervals()) {
    for (uint64_t word = i.low;; ++word) {
      if (print_word(model, id, word) == text) return word;
      if (word == i.high) break;
    }
  }
  return std::nullopt;
}

// "debug=true,board=rev_b"; the variants that it names are added to `named`.
static Result<Setting> parse_setting(const Model& model, std::string_view text,
                                     std::vector<VariantId>& named) {
  Setting setting;
  std::vector<std::string> names;
  for (const Variant& variant : model.variants) {
    setting.push_back(variant.standard);
    names.push_back(variant.name);
  }
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const size_t equal = std::min(one.find('='), one.size());
    const auto at = std::find(names.begin(), names.end(), one.substr(0, equal));
    if (at == names.end() || equal == one.size()) {
      return fail(fmt::format("'{}' sets no variant of policy '{}'", one, model.name),
                  names.empty() ? "it declares no variant"
                                : fmt::format("its variants are: {}; write --set {}=VALUE",
                                              fmt::join(names, ", "), names[0]));
    }
    const VariantId id(static_cast<uint32_t>(at - names.begin()));
    const TypeId type = model.variants[id].type;
    const auto word = parse_word(model, model.types[type], type, one.substr(equal + 1));
    if (!word) {
      return fail(fmt::format("'{}' is no value of variant '{}'", one.substr(equal + 1), *at),
                  fmt::format("its type is {}", model.types[type].name));
    }
    setting[id.value] = *word;
    named.push_back(id);
  }
  return setting;
}

CheckedModel model_for(const LoadedPolicy& policy, const Setting& setting) {
  DiagnosticSink unheard;  // the text was found faultless, and faults do not depend on the setting
  std::optional<CheckedModel> model = seal(check(policy.ast, setting, unheard), unheard);
  BH_CHECK(model);
  return std::move(*model);
}

static size_t text_bytes(const SourceMap& sources) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < sources.size(); ++i) bytes += sources[FileId(i)].text().size();
  return bytes;
}

static Result<std::vector<CheckedModel>> models_for(const LoadedPolicy& policy,
                                                    const std::vector<Setting>& settings) {
  constexpr size_t MostBytes = size_t{64} << 20;  // of text; a model takes some ten times as much
  if (settings.size() > 1 && text_bytes(policy.sources) > MostBytes / settings.size()) {
    return fail(fmt::format("the policy is too large for all {} settings of its variants at once",
                            settings.size()),
                "choose one with --set NAME=VALUE");
  }
  std::vector<CheckedModel> models;
  for (const Setting& setting : settings) {
    models.push_back(model_for(policy, setting));
  }
  return models;
}

Result<std::vector<CheckedModel>> all_settings(const LoadedPolicy& policy) {
  return models_for(policy, settings_of(**policy.model));
}

Result<std::vector<CheckedModel>> open_settings(const LoadedPolicy& policy) {
  const Setting chosen = setting_of(**policy.model);
  std::vector<Setting> settings = {chosen};
  for (Setting& setting : settings_of(**policy.model)) {
    const bool agrees = std::all_of(policy.fixed.begin(), policy.fixed.end(), [&](VariantId id) {
      return setting[id.value] == chosen[id.value];
    });
    if (agrees && setting != chosen) settings.push_back(std::move(setting));
  }
  return models_for(policy, settings);
}

Setting setting_of(const Model& model) {
  Setting setting;
  for (const Variant& variant : model.variants) setting.push_back(variant.chosen);
  return setting;
}

LoadedPolicy reload_policy(const LoadedPolicy& policy, const std::vector<std::string>& texts) {
  LoadedPolicy loaded;
  std::vector<FileId> files;
  for (uint32_t i = 0; i < texts.size(); ++i) {
    files.push_back(loaded.sources.add(policy.sources[FileId(i)].path(), texts[i]));
  }
  const auto read_module = [](const std::string& path) -> std::optional<std::string> {
    Result<std::string> text = read_file(path);
    if (!text.has_value()) return std::nullopt;
    return std::move(*text);
  };
  loaded.ast = read_policy(loaded.sources, files, read_module, loaded.sink);
  if (!loaded.ast.readable) return loaded;
  loaded.model = seal(check(loaded.ast, setting_of(**policy.model), loaded.sink), loaded.sink);
  return loaded;
}

Result<PolicySource> files_on_disk(const std::vector<std::string>& arguments,
                                   const FileKind& kind) {
  BH_TRY(const std::vector<std::filesystem::path> files, policy_files(arguments, kind));
  PolicySource source;
  for (const std::filesystem::path& path : files) source.paths.push_back(path.string());
  source.read = [](const std::string& path) { return read_file(path); };
  return source;
}

Result<LoadedPolicy> load_policy(const PolicySource& source, std::string_view setting) {
  LoadedPolicy loaded;
  std::vector<FileId> files;
  bool anything = false;
  for (const std::string& path : source.paths) {
    BH_TRY(std::string text, source.read(path));
    anything |= says_something(text);
    files.push_back(loaded.sources.add(path, std::move(text)));
  }
  if (!anything) {
    return fail(fmt::format("nothing to check: '{}' is empty", source.paths[0]),
                "a policy begins with its name and version: policy gateway 2.1");
  }
  const auto read_module = [&](const std::string& path) -> std::optional<std::string> {
    Result<std::string> text = source.read(path);
    if (!text.has_value()) return std::nullopt;
    return std::move(*text);
  };
  loaded.ast = read_policy(loaded.sources, files, read_module, loaded.sink);
  if (!loaded.ast.readable) return loaded;
  loaded.model = seal(check(loaded.ast, {}, loaded.sink), loaded.sink);
  if (loaded.model && !setting.empty()) {
    BH_TRY(const Setting chosen, parse_setting(**loaded.model, setting, loaded.fixed));
    loaded.model = model_for(loaded, chosen);
  }
  return loaded;
}

Result<LoadedPolicy> load_policy(const std::vector<std::string>& arguments,
                                 std::string_view setting) {
  BH_TRY(const PolicySource source, files_on_disk(arguments));
  return load_policy(source, setting);
}

}  // namespace bh
