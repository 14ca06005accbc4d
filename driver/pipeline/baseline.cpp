#include "driver/pipeline/baseline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

namespace bh {

using Json = nlohmann::ordered_json;
using EntryKey = std::pair<uint16_t, std::vector<std::string>>;

namespace {

constexpr size_t MostEntries = 100'000;
constexpr int DeepestWord = 4;  // document, "accepted", entry, "what", word
constexpr std::string_view Shape =
    R"({"version": 1, "accepted": [{"code": "BH5003", "what": ["A", "f"], "reason": ".."}]})";

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---- reading ------------------------------------------------------------------------------------

const std::string* text_of(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : at->get_ptr<const std::string*>();
}

std::optional<uint16_t> parse_code(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("BH")) return std::nullopt;
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Whether a finding says that something was not checked at all. Accepting that would accept
// everything that the check would have found.
bool is_about_nothing(uint16_t code) {
  return code == diag::NothingToCheck.number || code == diag::NoSource.number ||
         code == diag::NoEntry.number || code == diag::AmbiguousEntry.number ||
         code == diag::CodeWithoutRoots.number || code == diag::NoCallToStartAfter.number;
}

bool is_about_code(uint16_t code) {
  return code >= 5000 && code < 6000 && code != diag::BaselineStale.number &&
         code != diag::BaselineExpired.number;
}

bool only_spaces(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// What is wrong with the entry's code and words, or "".
std::string read_key(const Json& json, BaselineEntry& to) {
  const std::string* code = text_of(json, "code");
  const std::optional<uint16_t> number = code == nullptr ? std::nullopt : parse_code(*code);
  if (!number || !is_about_code(*number))
    return "its \"code\" is none of a finding about code (BH5nnn)";
  if (is_about_nothing(*number)) return "that nothing was checked cannot be accepted";
  to.code = *number;
  const auto what = json.find("what");
  if (what == json.end() || !what->is_array()) return "it has no list \"what\" of names";
  for (const Json& word : *what) {
    if (!word.is_string()) return "\"what\" holds something that is no name";
    to.what.push_back(word.get<std::string>());
  }
  return "";
}

std::string read_entry(const Json& json, BaselineEntry& to) {
  if (!json.is_object()) return "it is no object";
  for (const auto& [name, value] : json.items()) {
    const bool known = name == "code" || name == "what" || name == "times" || name == "reason" ||
                       name == "expires";
    if (!known) return fmt::format("\"{}\" means nothing here", name);
  }
  if (std::string wrong = read_key(json, to); !wrong.empty()) return wrong;
  const std::string* reason = text_of(json, "reason");
  if (reason == nullptr || only_spaces(*reason)) return "it gives no \"reason\"";
  to.reason = *reason;
  if (json.contains("times")) {
    const auto* times = json["times"].get_ptr<const Json::number_unsigned_t*>();
    if (times == nullptr || *times == 0) return "\"times\" is no number of findings";
    to.times = *times;
  }
  if (json.contains("expires")) {
    const std::string* day = text_of(json, "expires");
    to.expires = day == nullptr ? std::nullopt : parse_date(*day);
    if (!to.expires) return "\"expires\" is no date such as 2026-12-31";
  }
  return "";
}

EntryKey key_of(const BaselineEntry& entry) { return {entry.code, entry.what}; }

// What a file keeps of the words: bytes that are not UTF-8 are replaced.
EntryKey key_of(const Diagnostic& finding) {
  EntryKey key{finding.code, finding.key};
  for (std::string& word : key.second) word = Json::parse(to_text(word)).get<std::string>();
  return key;
}

std::string words(const std::vector<std::string>& what) {
  return fmt::format("{}", fmt::join(what, ", "));
}

}  // namespace

Result<Baseline> parse_baseline(std::string_view text, const std::string& path) {
  bool deep = false;  // a document of brackets alone must not cost the stack
  const auto shallow = [&deep](int depth, Json::parse_event_t, Json&) {
    deep |= depth > DeepestWord;
    return !deep;
  };
  const Json document = Json::parse(text, shallow, false);
  const auto wrong = [&](const std::string& why) {
    return fail(fmt::format("'{}' is no baseline: {}", path, why),
                fmt::format("it looks like {}", Shape));
  };
  if (deep) return wrong("something in it is nested deeper than the words of \"what\"");
  if (!document.is_object()) return wrong("it is no JSON object in UTF-8");
  for (const auto& [name, value] : document.items())
    if (name != "version" && name != "accepted")
      return wrong(fmt::format("\"{}\" means nothing here", name));
  const auto version = document.find("version");
  if (version == document.end() || !version->is_number_unsigned() || *version != 1u)
    return wrong("its \"version\" is not 1");
  const auto accepted = document.find("accepted");
  if (accepted == document.end() || !accepted->is_array())
    return wrong("it has no list \"accepted\"");
  if (accepted->size() > MostEntries)
    return wrong(fmt::format("it has more than {} entries", MostEntries));
  Baseline baseline;
  for (const Json& json : *accepted) {
    const std::string why = read_entry(json, baseline.entries.emplace_back());
    if (!why.empty()) return wrong(fmt::format("entry {}: {}", baseline.entries.size(), why));
  }
  auto less = [](const BaselineEntry& a, const BaselineEntry& b) { return key_of(a) < key_of(b); };
  std::stable_sort(baseline.entries.begin(), baseline.entries.end(), less);
  for (size_t i = 1; i < baseline.entries.size(); ++i) {
    const BaselineEntry& entry = baseline.entries[i];
    if (key_of(baseline.entries[i - 1]) == key_of(entry))
      return wrong(
          fmt::format("{} ({}) is there twice", print_code(entry.code), words(entry.what)));
  }
  return baseline;
}

std::string print_json(const Baseline& baseline) {
  // One entry a line, so that a review shows what was added.
  std::string text = "{\n  \"version\": 1,\n  \"accepted\": [";
  for (const BaselineEntry& entry : baseline.entries) {
    Json json = {{"code", print_code(entry.code)}, {"what", entry.what}};
    if (entry.times > 1) json["times"] = entry.times;
    json["reason"] = entry.reason;
    if (entry.expires) json["expires"] = print(*entry.expires);
    text += &entry == &baseline.entries.front() ? "\n    " : ",\n    ";
    text += to_text(json);
  }
  return text + (baseline.entries.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

// ---- applying -----------------------------------------------------------------------------------

Baselined apply(const Baseline& baseline, const DiagnosticSink& findings, Date today) {
  Baselined result;
  std::map<EntryKey, const BaselineEntry*> entries;
  for (const BaselineEntry& entry : baseline.entries) entries[key_of(entry)] = &entry;
  std::map<const BaselineEntry*, size_t> met;
  const auto expired = [&](const BaselineEntry& entry) {
    return entry.expires && std::chrono::sys_days(*entry.expires) < std::chrono::sys_days(today);
  };
  for (const Diagnostic& finding : findings.diagnostics()) {
    const auto at = entries.find(key_of(finding));
    const BaselineEntry* entry = at == entries.end() ? nullptr : at->second;
    if (entry != nullptr && ++met[entry] <= entry->times && !expired(*entry))
      result.accepted.push_back({finding, entry->reason, entry->expires});
    else
      result.remaining.add(finding);
  }
  for (const BaselineEntry& entry : baseline.entries) {
    if (!met.contains(&entry)) {
      result.remaining.report({}, diag::BaselineStale, print_code(entry.code), words(entry.what))
          .help("take it out, or write the file anew with --write-baseline");
    } else if (expired(entry)) {
      result.remaining
          .report({}, diag::BaselineExpired, print_code(entry.code), words(entry.what),
                  print(*entry.expires))
          .note("its reason was: " + entry.reason);
    }
  }
  return result;
}

Result<Baseline> renew(const Baseline& baseline, const DiagnosticSink& findings,
                       const std::string& reason, std::optional<Date> expires) {
  std::map<EntryKey, BaselineEntry> kept;
  std::map<EntryKey, const BaselineEntry*> old;
  for (const BaselineEntry& entry : baseline.entries) old[key_of(entry)] = &entry;
  for (const Diagnostic& finding : findings.diagnostics()) {
    if (!is_about_code(finding.code)) continue;
    if (is_about_nothing(finding.code))
      return fail(
          fmt::format("this cannot be accepted, for nothing was checked: {}", finding.message),
          "correct the policy's code statement first");
    const EntryKey key = key_of(finding);
    const auto [at, added] =
        kept.try_emplace(key, BaselineEntry{key.first, key.second, 0, reason, expires});
    ++at->second.times;
    if (const auto before = old.find(key); before != old.end()) {
      at->second.reason = before->second->reason;
      at->second.expires = before->second->expires;
    }
    if (only_spaces(at->second.reason))
      return fail(
          fmt::format("a new finding is to be accepted without a reason: {}", finding.message),
          "add --reason \"why it may stay for now\"");
  }
  Baseline result;
  for (auto& [key, entry] : kept) result.entries.push_back(std::move(entry));
  return result;
}

}  // namespace bh
