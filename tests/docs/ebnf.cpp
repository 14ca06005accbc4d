#include "tests/docs/ebnf.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>

namespace bh::docs {

namespace {

constexpr size_t Never = 1'000'000;  // the length of what cannot end
constexpr std::array<std::string_view, 6> Tokens = {"NAME",   "TYPE_NAME", "WORD",
                                                    "NUMBER", "STRING",    "DURATION"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// A piece of the notation: an identifier, a quoted word with its opening quote, `,..`, or one of (
// ) [ ] | * =
std::vector<std::string> pieces(std::string_view text, std::vector<std::string>& errors) {
  std::vector<std::string> result;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (text[i] == '"') {
      end = std::min(text.find('"', i + 1), text.size());
      result.emplace_back(text.substr(i, end - i));
      ++end;
    } else if (is_letter(text[i])) {
      while (end < text.size() && is_letter(text[end])) ++end;
      result.emplace_back(text.substr(i, end - i));
    } else if (text.substr(i).starts_with(", ..")) {
      end = i + 4;
      result.emplace_back(",..");
    } else if (std::string_view("()[]|*=").find(text[i]) != std::string_view::npos) {
      result.emplace_back(1, text[i]);
    } else if (text[i] != ' ' && text[i] != '\n') {
      errors.push_back("unexpected in the grammar: " + std::string(text.substr(i, 20)));
    }
    i = end;
  }
  return result;
}

// Brackets are rules of their own, on a stack while they are open.
class Reader {
 public:
  Reader(Grammar& to, std::vector<std::string> text) : to_(to), text_(std::move(text)) {}

  void run() {
    for (at_ = 0; at_ < text_.size(); ++at_) {
      if (at_ + 1 < text_.size() && text_[at_ + 1] == "=" && is_letter(text_[at_][0])) {
        head(text_[at_++]);
      } else if (open_.empty()) {
        to_.errors.push_back("outside of every production: " + text_[at_]);
      } else {
        piece(text_[at_]);
      }
    }
    if (open_.size() != 1) to_.errors.push_back("a bracket of the grammar is not closed");
    for (const auto& [name, rule] : index_) {
      if (to_.rules[rule].alternatives.empty())
        to_.errors.push_back(name + " is used, but not defined");
    }
  }

 private:
  size_t add(std::string name) {
    to_.rules.push_back({std::move(name), {}, 0});
    return to_.rules.size() - 1;
  }

  size_t find(const std::string& name) {
    const auto [at, added] = index_.emplace(name, to_.rules.size());
    return added ? add(name) : at->second;
  }

  Production& innermost() { return to_.rules[open_.back()]; }

  void head(const std::string& name) {
    if (open_.size() > 1) to_.errors.push_back("a bracket is open where " + name + " begins");
    open_ = {find(name)};
    if (!innermost().alternatives.empty()) to_.errors.push_back(name + " is defined twice");
    innermost().alternatives.emplace_back();
  }

  void put(Term term) { innermost().alternatives.back().push_back(std::move(term)); }

  void piece(const std::string& p) {
    if (p == "(" || p == "[") {
      open_.push_back(add(innermost().name));
      innermost().alternatives.emplace_back();
    } else if (p == ")" || p == "]") {
      close(p == "]");
    } else if (p == "|") {
      innermost().alternatives.emplace_back();
    } else if (p == "*" || p == ",..") {
      repeat(p == "*");
    } else if (p[0] == '"') {
      put({TermKind::Quoted, p.substr(1), 0});
    } else if (std::find(Tokens.begin(), Tokens.end(), p) != Tokens.end()) {
      put({TermKind::Token, p, 0});
    } else {
      put({TermKind::Rule, p, find(p)});
    }
  }

  void close(bool optional) {
    if (open_.size() < 2) {
      to_.errors.push_back("a bracket of the grammar is closed, but not open");
      return;
    }
    if (optional) innermost().alternatives.emplace_back();
    const size_t inner = open_.back();
    open_.pop_back();
    put({TermKind::Rule, to_.rules[inner].name, inner});
  }

  // x* is R = | R x, and `x, ..` is R = x | R "," x, with a comma more where it fills braces.
  void repeat(bool star) {
    Sequence& last = innermost().alternatives.back();
    if (last.empty()) {
      to_.errors.push_back("nothing to repeat in " + innermost().name);
      return;
    }
    const Term item = last.back();
    last.pop_back();
    const std::string name = innermost().name;
    const size_t list = add(name);
    const Term again = {TermKind::Rule, name, list};
    const Term comma = {TermKind::Quoted, ",", 0};
    if (star) {
      to_.rules[list].alternatives = {{}, {again, item}};
    } else {
      to_.rules[list].alternatives = {{item}, {again, comma, item}};
    }
    size_t next = at_ + 1;
    while (next < text_.size() && text_[next] == "]") ++next;
    if (star || next == text_.size() || text_[next] != "\"}") {
      put(again);
      return;
    }
    const size_t whole = add(name);
    to_.rules[whole].alternatives = {{again}, {again, comma}};
    put({TermKind::Rule, name, whole});
  }

  Grammar& to_;
  std::vector<std::string> text_;
  size_t at_ = 0;
  std::vector<size_t> open_;
  std::map<std::string, size_t> index_;
};

void measure(Grammar& grammar) {
  for (Production& rule : grammar.rules) rule.least = Never;
  for (bool changed = true; changed;) {
    changed = false;
    for (Production& rule : grammar.rules) {
      for (const Sequence& sequence : rule.alternatives) {
        const size_t least = grammar.least(sequence);
        if (least >= rule.least) continue;
        rule.least = least;
        changed = true;
      }
    }
  }
  for (const Production& rule : grammar.rules) {
    if (rule.least >= Never) grammar.errors.push_back(rule.name + " never ends");
  }
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The text between `begin` and `end`, after `after`.
std::string_view between(std::string_view page, std::string_view after, std::string_view begin,
                         std::string_view end, std::vector<std::string>& errors) {
  const size_t from = page.find(begin, std::min(page.find(after), page.size()));
  const size_t to = from == page.npos ? page.npos : page.find(end, from + begin.size());
  if (to == page.npos) {
    errors.push_back("not found on the page: " + std::string(after));
    return {};
  }
  return page.substr(from + begin.size(), to - from - begin.size());
}

}  // namespace

bool Grammar::matches(const Term& term, const Word& word) const {
  switch (term.kind) {
    case TermKind::Quoted:
      return word.kind != WordKind::String && word.text == term.text;
    case TermKind::Token:
      if (term.text == "NUMBER") return word.kind == WordKind::Number;
      if (term.text == "STRING") return word.kind == WordKind::String;
      if (term.text == "DURATION") return word.kind == WordKind::Duration;
      if (word.kind != WordKind::Name) return false;
      if (term.text == "WORD") return true;
      if (term.text == "TYPE_NAME" && contains(builtin_types, word.text)) return false;
      return !contains(reserved, word.text);
    case TermKind::Rule:
      return false;
  }
  return false;
}

size_t Grammar::least(const Sequence& sequence) const {
  size_t sum = 0;
  for (const Term& term : sequence) sum += term.kind == TermKind::Rule ? rules[term.rule].least : 1;
  return std::min(sum, Never);
}

Grammar read_grammar(std::string_view page) {
  Grammar grammar;
  const auto block = between(page, "\n## Grammar\n", "\n```\n", "\n```\n", grammar.errors);
  Reader(grammar, pieces(block, grammar.errors)).run();
  measure(grammar);
  const std::string_view names = "Only these cannot name anything";
  grammar.reserved = split(between(page, names, "`", "`", grammar.errors));
  grammar.builtin_types = split(between(page, names, "the built-in types `", "`", grammar.errors));
  return grammar;
}

}  // namespace bh::docs
