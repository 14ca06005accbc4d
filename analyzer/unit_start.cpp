#include "analyzer/unit_start.h"

namespace bh {
namespace {

constexpr std::string_view Blank = " \t\n\v\f\r";

// Where the comments and the blank space at the start of the text end.
std::optional<size_t> end_of_head(std::string_view text) {
  size_t at = 0;
  while (true) {
    at = text.find_first_not_of(Blank, at);
    if (at == std::string_view::npos) return std::nullopt;
    size_t end = at;
    if (text.substr(at).starts_with("//"))
      end = text.find('\n', at);
    else if (text.substr(at).starts_with("/*"))
      end = text.find("*/", at + 2);
    else
      return at;
    if (end == std::string_view::npos) return std::nullopt;
    at = text[end] == '\n' ? end + 1 : end + 2;
  }
}

// The length of a line such as `#include <name>`, with its end.
size_t inclusion_length(std::string_view text) {
  size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with("#include ")) return 0;
  std::string_view name = text.substr(9, end - 9);
  while (name.ends_with(' ')) name.remove_suffix(1);
  bool quoted = name.size() > 2 && name.front() == '"' && name.find('"', 1) == name.size() - 1;
  bool angled = name.size() > 2 && name.front() == '<' && name.find('>') == name.size() - 1;
  return quoted || angled ? end + 1 : 0;
}

bool is_plain(std::string_view text) {
  return text.find('\\') == std::string_view::npos && text.find("??") == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

}  // namespace

std::optional<UnitStart> unit_start(std::string_view text) {
  std::optional<size_t> head = end_of_head(text);
  if (!head || (*head > 0 && text[*head - 1] != '\n')) return std::nullopt;
  size_t length = inclusion_length(text.substr(*head));
  if (length == 0 || !is_plain(text.substr(0, *head + length))) return std::nullopt;
  return UnitStart{*head, std::string(text.substr(*head, length))};
}

}  // namespace bh
