#include "targets/selinux/paths.h"

#include <vector>

namespace bh {
namespace {

constexpr size_t MaxPathBytes = 4095;
constexpr std::string_view Special = "\\^$.|?*+()[]{}";

bool is_special(char c) { return Special.find(c) != std::string_view::npos; }
bool is_repetition(char c) { return c == '*' || c == '+' || c == '?'; }

std::string wrong_with_bytes(std::string_view text) {
  if (text.empty() || text.front() != '/') return "it does not begin with '/'";
  if (text.size() > MaxPathBytes) return "it is longer than 4095 bytes";
  for (char c : text) {
    if (c <= ' ' || c >= 0x7f || c == '"')
      return "it has a space, a quote or a byte that is no printable ASCII";
  }
  return "";
}

class Expression {
 public:
  explicit Expression(std::string_view text) : text_(text) {}

  std::string check() {
    while (at_ < text_.size() && problem_.empty()) piece();
    if (problem_.empty() && !groups_.empty()) problem_ = "a '(' is not closed";
    return problem_;
  }

 private:
  struct Group {
    bool repeats = false;  // something inside is repeated
    bool empty = true;     // nothing stands yet since '(' or '|'
  };

  void piece() {
    const char c = text_[at_++];
    switch (c) {
      case '(':
        groups_.push_back({});
        return;
      case '|':
        return alternative();
      case ')':
        return close();
      case '[':
        if (!set()) return;
        break;
      case '\\':
        if (at_ == text_.size() || !is_special(text_[at_]))
          return wrong("a backslash stands before what needs none");
        ++at_;
        break;
      case '*':
      case '+':
      case '?':
        return wrong("a repetition follows nothing that it could repeat");
      case ']':
      case '{':
      case '}':
      case '^':
      case '$':
        return wrong("']', '{', '}', '^' and '$' need a backslash");
      default:
        break;
    }
    repetition(false);
  }

  void alternative() {
    if (groups_.empty()) return wrong("alternatives need parentheses");
    if (groups_.back().empty) return wrong("an alternative is empty");
    groups_.back().empty = true;
  }

  void close() {
    if (groups_.empty()) return wrong("a ')' closes nothing");
    if (groups_.back().empty) return wrong("an alternative is empty");
    const bool repeats = groups_.back().repeats;
    groups_.pop_back();
    repetition(repeats);
  }

  // After a part, which holds repetitions or not.
  void repetition(bool repeats) {
    if (at_ < text_.size() && is_repetition(text_[at_])) {
      if (at_ == 1) return wrong("its first '/' is repeated");
      if (repeats && text_[at_] != '?') return wrong("a repetition is repeated");
      repeats = true;
      ++at_;
      if (at_ < text_.size() && is_repetition(text_[at_])) return wrong("a repetition is repeated");
    }
    if (groups_.empty()) return;
    groups_.back().empty = false;
    groups_.back().repeats = groups_.back().repeats || repeats;
  }

  bool set() {
    if (at_ < text_.size() && text_[at_] == '^') ++at_;
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ']') {
      const char c = text_[at_];
      const bool is_range =
          c == '-' && at_ > begin && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
      if (c == '[' || c == '\\' || (is_range && text_[at_ - 1] > text_[at_ + 1])) {
        wrong("'[..]' holds a '[', a backslash or an empty range");
        return false;
      }
      ++at_;
    }
    if (at_ == text_.size() || at_ == begin) {
      wrong("'[..]' is empty or not closed");
      return false;
    }
    ++at_;
    return true;
  }

  void wrong(std::string_view what) { problem_ = what; }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Group> groups_;
  std::string problem_;
};

}  // namespace

std::string wrong_with_path(std::string_view path) {
  if (std::string wrong = wrong_with_bytes(path); !wrong.empty()) return wrong;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view part = path.substr(at + 1, end - at - 1);
    if (part.empty() || part == "." || part == "..") return "it has an empty part, '.' or '..'";
    at = end;
  }
  return "";
}

std::string wrong_with_path_expression(std::string_view expression) {
  if (std::string wrong = wrong_with_bytes(expression); !wrong.empty()) return wrong;
  return Expression(expression).check();
}

std::string escape_path(std::string_view path) {
  std::string text;
  for (char c : path) {
    if (is_special(c)) text += '\\';
    text += c;
  }
  return text;
}

}  // namespace bh
