#include "targets/selinux/origins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/hash.h"

namespace bh::selinux {
namespace {

constexpr size_t MostWords = 4;
constexpr size_t DeepestList = 1000;  // what lies deeper has no place

uint64_t hash_words(std::initializer_list<std::string_view> words) {
  uint64_t hash = 0;
  for (std::string_view word : words) hash = hash * FnvPrime ^ fnv1a(word);
  return hash;
}

bool is_access(std::string_view word) {
  return word == "allow" || word == "auditallow" || word == "dontaudit";
}
bool is_declaration(std::string_view word) {
  return word == "type" || word == "boolean" || word == "role";
}

// A list that is being read: its first words, of a list within it the first word alone.
struct List {
  std::array<std::string_view, MostWords> words;
  size_t size = 0;
  uint32_t line = 0;

  void add(std::string_view word) {
    if (size < MostWords) words[size++] = word;
  }
};

// Calls `statement(list, scope)` at the end of each list; `scope` is "block.inner." around it.
template <class Statement>
class Scanner {
 public:
  Scanner(std::string_view text, Statement statement) : text_(text), statement_(statement) {}

  void run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '(') {
        ++at_;
        open();
      } else if (c == ')') {
        ++at_;
        close();
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else {
        word();
      }
    }
  }

 private:
  void open() {
    if (++depth_ > DeepestList) return;
    lists_.push_back({{}, 0, line_});
  }

  void close() {
    if (depth_ == 0 || depth_-- > DeepestList) return;
    const List list = lists_.back();
    lists_.pop_back();
    if (list.size > 1 && list.words[0] == "block")
      scope_.resize(scope_.size() - list.words[1].size() - 1);
    if (list.size > 0 && list.words[0] == "macro") --macros_;
    if (macros_ == 0) statement_(list, std::string_view(scope_));
    if (!lists_.empty() && list.size > 0) lists_.back().add(list.words[0]);
  }

  void word() {
    const size_t begin = at_;
    if (text_[at_] == '"') {
      at_ = std::min(text_.find('"', at_ + 1), text_.size() - 1) + 1;
    } else {
      at_ = std::min(text_.find_first_of(" \t\r\n();\"", at_), text_.size());
    }
    if (depth_ == 0 || depth_ > DeepestList) return;
    List& list = lists_.back();
    const std::string_view found = text_.substr(begin, at_ - begin);
    list.add(found);
    if (list.size == 1 && found == "macro") ++macros_;
    if (list.size == 2 && list.words[0] == "block" && list.words[1].data() == found.data())
      scope_ += std::string(found) + '.';
  }

  std::string_view text_;
  Statement statement_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t depth_ = 0;
  size_t macros_ = 0;
  std::vector<List> lists_;
  std::string scope_;
};

}  // namespace

void Origins::add(std::string module, std::string_view cil) {
  const auto number = static_cast<uint32_t>(modules_.size());
  modules_.push_back(std::move(module));
  Scanner scanner(cil, [&](const List& list, std::string_view scope) {
    const Place place{number, list.line};
    if (list.size == MostWords && is_access(list.words[0])) {
      places_.try_emplace(hash_words({list.words[0], list.words[1], list.words[2], list.words[3]}),
                          place);
    } else if (list.size >= 2 && is_declaration(list.words[0])) {
      places_.try_emplace(
          hash_words({list.words[0], std::string(scope) + std::string(list.words[1])}), place);
    }
  });
  scanner.run();
}

bool Origins::has_module(std::string_view name) const {
  return std::ranges::find(modules_, name) != modules_.end();
}

bool Origins::shares_modules(const Origins& other) const {
  return std::ranges::any_of(modules_, [&](const auto& name) { return other.has_module(name); });
}

std::string Origins::print(Place place) const {
  return place.found() ? fmt::format("{}:{}", module(place), place.line) : "";
}

Origins::Place Origins::declaration(std::string_view what, std::string_view name) const {
  const auto at = places_.find(hash_words({what, name}));
  return at == places_.end() ? Place() : at->second;
}

Origins::Place Origins::rule(AccessKind kind, std::string_view source, std::string_view target,
                             std::string_view object_class) const {
  // `self` stands in the text where source and target are one.
  const std::string_view word = keyword(kind);
  for (std::string_view to : {target, std::string_view(source == target ? "self" : target)}) {
    const auto at = places_.find(hash_words({word, source, to, object_class}));
    if (at != places_.end()) return at->second;
  }
  return {};
}

}  // namespace bh::selinux
