#include "driver/pipeline/approvals.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "driver/pipeline/files.h"

namespace bh {

namespace chrono = std::chrono;

static std::optional<int64_t> parse_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_number(text.substr(0, 4));
  const auto month = parse_number(text.substr(5, 2));
  const auto day = parse_number(text.substr(8, 2));
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const Date date{chrono::year(static_cast<int>(*year)),
                  chrono::month(static_cast<unsigned>(*month)),
                  chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::string print(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Result<Date> today() {
  if (const char* given = std::getenv("BULKHEAD_TODAY"); given != nullptr && *given != '\0') {
    const std::optional<Date> date = parse_date(given);
    if (!date)
      return fail(fmt::format("BULKHEAD_TODAY '{}' is no date", given), "write 2026-12-31");
    return *date;
  }
  auto now = chrono::system_clock::now();
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch != nullptr && *epoch != '\0') {
    const std::optional<int64_t> seconds = parse_number(epoch);
    if (!seconds || *seconds < 0 || *seconds > 253'402'300'799) {
      return fail(fmt::format("SOURCE_DATE_EPOCH '{}' is no number of seconds since 1970", epoch));
    }
    now = chrono::system_clock::time_point(chrono::seconds(*seconds));
  }
  return Date(chrono::floor<chrono::days>(now));
}

// ---- the file -----------------------------------------------------------------------------------

static std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

static std::string_view next_word(std::string_view& rest) {
  rest = trimmed(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

static bool is_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What is wrong with the line, or "".
static std::string parse_line(std::string_view line, Approval& to) {
  to.id = std::string(next_word(line));
  if (!is_id(to.id)) return "it does not begin with the 12 hexadecimal digits of a change";
  std::string_view word = next_word(line);
  if (word == "until") {
    const std::string_view date = next_word(line);
    to.until = parse_date(date);
    if (!to.until) return fmt::format("'{}' is no date such as 2026-12-31", date);
    word = next_word(line);
  }
  const std::string_view reason = trimmed(line);
  if (word != "because" || reason.size() < 3 || !reason.starts_with('"') ||
      !reason.ends_with('"')) {
    return "it gives no reason";
  }
  to.because = std::string(reason.substr(1, reason.size() - 2));
  return "";
}

Result<std::vector<Approval>> parse_approvals(std::string_view text, const std::string& path) {
  std::vector<Approval> result;
  size_t number = 0;
  while (!text.empty()) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    ++number;
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.starts_with('#')) continue;
    Approval approval;
    approval.line = number;
    const std::string wrong = parse_line(line, approval);
    if (!wrong.empty()) {
      return fail(fmt::format("{}:{} is no approval: {}", path, number, wrong),
                  "write: 9f1c03ab12cd until 2026-12-31 because \"the reason\"");
    }
    result.push_back(std::move(approval));
  }
  return result;
}

Approved apply(const std::vector<Approval>& approvals, const PolicyDiff& diff, Date today) {
  Approved result;
  result.changes.resize(diff.changes.size(), false);
  for (const Approval& approval : approvals) {
    bool fits = false;
    const bool expired =
        approval.until && chrono::sys_days(*approval.until) < chrono::sys_days(today);
    for (size_t i = 0; i < diff.changes.size(); ++i) {
      if (diff.changes[i].id != approval.id) continue;
      fits = true;
      if (!expired) result.changes[i] = true;
    }
    if (!fits) result.stale.push_back(approval);
    if (fits && expired) result.expired.push_back(approval);
  }
  return result;
}

Result<void> append_approval(const std::filesystem::path& path, const PolicyChange& change,
                             const std::optional<Date>& until, const std::string& because) {
  const bool plain = std::none_of(because.begin(), because.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"';
  });
  if (trimmed(because).empty() || !plain) {
    return fail("an approval needs a reason, on one line and without quotes",
                "add --reason \"why this is meant\"");
  }
  std::string text;
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    BH_TRY(text, read_file(path));
    BH_TRY(const std::vector<Approval> all, parse_approvals(text, path.string()));
    static_cast<void>(all);
  }
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  const std::string when = change.condition.empty() ? "" : " when " + change.condition;
  text += fmt::format("# {}{}\n{}{} because \"{}\"\n", change.what, when, change.id,
                      until ? " until " + print(*until) : "", because);
  if (std::filesystem::exists(path, error)) return rewrite_file(path, text);
  return write_file(path, text);
}

}  // namespace bh
