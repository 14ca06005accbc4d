#include "targets/selinux/avc.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bh::selinux {
namespace {

constexpr std::string_view Blanks = " \t\r\n";
constexpr size_t LongestWord = 4096;
constexpr size_t LongestLine = 16384;  // the kernel's are shorter than 8970 bytes

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes what stands before the next blank, and the blanks.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(Blanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(Blanks));
  text.remove_prefix(word.size());
  return word;
}

bool consists_of_name_characters(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= LongestWord &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  more.find(c) != std::string_view::npos;
         });
}

bool is_name(std::string_view text) { return consists_of_name_characters(text, "_"); }
bool is_context(std::string_view text) {
  return consists_of_name_characters(text, "_-.:,") &&
         std::count(text.begin(), text.end(), ':') >= 2;
}

// "audit(1364481363.243:24287):", the last before the decision.
std::optional<uint64_t> time_in(std::string_view text) {
  constexpr std::string_view Mark = "audit(";
  const size_t at = text.rfind(Mark);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + Mark.size());
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::optional<uint64_t> seconds = number(text.substr(0, dot));
  const std::optional<uint64_t> rest = number(text.substr(dot + 1, 3));
  constexpr uint64_t MostSeconds = UINT64_MAX / 1000 - 1;
  if (!seconds || !rest || *seconds > MostSeconds) return std::nullopt;
  return *seconds * 1000 + *rest;
}

// Whether what stands before says that the record is of another kind, which only quotes a decision.
bool is_of_another_kind(std::string_view before) {
  constexpr std::string_view Mark = "type=";
  const size_t at = before.find(Mark);
  if (at == std::string_view::npos) return false;
  std::string_view rest = before.substr(at + Mark.size());
  const std::string_view kind = next_word(rest);
  return kind != "AVC" && kind != "1400" && kind != "USER_AVC" && kind != "1107";
}

// " { read write } for ", or what is wrong with it.
const char* take_permissions(std::string_view& text, Avc& avc) {
  if (next_word(text) != "{") return "the permissions are missing";
  for (std::string_view word = next_word(text); word != "}"; word = next_word(text)) {
    if (!is_name(word)) return "the list of permissions does not end";
    avc.permissions.emplace_back(word);
  }
  return avc.permissions.empty() ? "the permissions are missing" : nullptr;
}

// The next KEY=VALUE or other word; a value in quotation marks is passed over with the blanks in
// it.
std::string_view next_field(std::string_view& text) {
  std::string_view rest = text;
  const std::string_view word = next_word(rest);
  const size_t quote = word.find("=\"");
  if (quote == std::string_view::npos) {
    text = rest;
    return word;
  }
  const auto begin = static_cast<size_t>(word.data() - text.data());
  const size_t end = text.find('"', begin + quote + 2);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word.substr(0, quote);
}

struct Field {
  std::string_view key;
  std::string_view value = {};
  bool repeated = false;
};

// "scontext=.. tcontext=.. tclass=.. permissive=0" among the others.
const char* take_fields(std::string_view text, Avc& avc) {
  Field fields[] = {{"scontext"}, {"tcontext"}, {"tclass"}, {"permissive"}, {"pid"}};
  auto& [source, target, object_class, permissive, process] = fields;
  for (std::string_view word = next_field(text); !word.empty(); word = next_field(text)) {
    if (word.ends_with('\'')) word.remove_suffix(1);  // the end of a server's message
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    for (Field& field : fields) {
      if (word.substr(0, equals) != field.key) continue;
      field.repeated = !field.value.empty();
      field.value = word.substr(equals + 1);
    }
  }
  if (source.repeated || target.repeated || object_class.repeated || permissive.repeated)
    return "it says the same thing twice";
  if (source.value.empty()) return "it has no source context";
  if (target.value.empty()) return "it has no target context";
  if (object_class.value.empty()) return "it has no class";
  if (!is_context(source.value) || !is_context(target.value)) return "a context is none";
  if (!is_name(object_class.value)) return "its class is none";
  avc.source = source.value;
  avc.target = target.value;
  avc.object_class = object_class.value;
  if (permissive.value == "0" || permissive.value == "1") avc.permissive = permissive.value == "1";
  avc.process = number(process.value);
  return nullptr;
}

}  // namespace

Result<std::optional<Avc>> read_avc(std::string_view line) {
  constexpr std::string_view Mark = "avc: ";
  const size_t at = line.substr(0, LongestLine).find(Mark);
  if (at == std::string_view::npos || is_of_another_kind(line.substr(0, at))) return std::nullopt;
  std::string_view text = line.substr(at + Mark.size());
  const std::string_view verdict = next_word(text);
  if (verdict != "denied" && verdict != "granted") return std::nullopt;
  if (line.size() > LongestLine) return fail("it is longer than any that is written");
  Avc avc;
  avc.granted = verdict == "granted";
  avc.milliseconds = time_in(line.substr(0, at));
  const char* wrong = take_permissions(text, avc);
  if (wrong == nullptr) wrong = take_fields(text, avc);
  if (wrong != nullptr) return fail(wrong);
  return avc;
}

uint64_t records_suppressed(std::string_view line) {
  constexpr std::string_view Limited = "kauditd_printk_skb: ";
  constexpr std::string_view Unread = "audit: audit_lost=";
  for (const std::string_view mark : {Limited, Unread}) {
    const size_t at = line.substr(0, LongestLine).find(mark);
    if (at == std::string_view::npos) continue;
    std::string_view rest = line.substr(at + mark.size());
    return number(next_word(rest)).value_or(0);
  }
  return 0;
}

std::string_view type_of(std::string_view context) {
  size_t begin = context.find(':');
  if (begin != std::string_view::npos) begin = context.find(':', begin + 1);
  if (begin == std::string_view::npos) return context;
  return context.substr(begin + 1, context.find(':', begin + 1) - begin - 1);
}

}  // namespace bh::selinux
