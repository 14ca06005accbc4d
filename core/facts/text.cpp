#include "core/facts/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace bh {
namespace {

// ---- fields
// ---------------------------------------------------------------------------------------------

void escape_to(std::string& out, std::string_view field) {
  bool plain = std::none_of(field.begin(), field.end(), [](char c) {
    return c == '\t' || c == '\n' || c == '\r' || c == '\\';
  });
  if (plain) {
    out += field;
    return;
  }
  for (char c : field) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
}

std::optional<std::string> unescape(std::string_view field) {
  std::string text;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\') {
      text += field[i];
      continue;
    }
    if (++i == field.size()) return std::nullopt;
    switch (field[i]) {
      case 't':
        text += '\t';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case '\\':
        text += '\\';
        break;
      default:
        return std::nullopt;
    }
  }
  return text;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// ---- atoms and blocks
// -------------------------------------------------------------------------------------

std::optional<Atom> read_atom(std::string_view text) {
  auto rest = [&](size_t n) { return std::string(text.substr(n)); };
  if (text == "?") return Atom{};
  if (text.starts_with("fn:")) return Atom{AtomKind::Function, rest(3)};
  if (text.starts_with("result:")) return Atom{AtomKind::Result, rest(7)};
  if (text.starts_with("=")) return Atom{AtomKind::Slot, rest(1)};
  if (text.starts_with("&")) return Atom{AtomKind::Address, rest(1)};
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return Atom{AtomKind::Text, std::string(text.substr(1, text.size() - 2))};
  if (!text.starts_with("#")) return std::nullopt;
  Atom atom{AtomKind::Constant, ""};
  size_t colon = text.find(':');
  if (colon != std::string_view::npos) atom.text = rest(colon + 1);
  if (colon != std::string_view::npos && atom.text.empty()) return std::nullopt;
  if (!read_number(text.substr(1, colon == std::string_view::npos ? colon : colon - 1),
                   atom.number))
    return std::nullopt;
  return atom;
}

// "12 > 11 9 ! local:x = local:x call:f ; ? == global:x #0", "12 > 11=#1,#2 9=default ? param:0":
// what follows the nexts may be absent.
std::string print_block(const FlowBlock& block) {
  std::string text = fmt::format("{} >", block.id);
  for (size_t i = 0; i < block.next.size(); ++i) {
    text += block.next[i] == FlowBlock::Nowhere ? " -" : fmt::format(" {}", block.next[i]);
    if (i < block.labels.size()) text += "=" + block.labels[i];
  }
  if (!block.kills.empty()) text += " ! " + fmt::format("{}", fmt::join(block.kills, " "));
  if (!block.kept.empty()) text += " =";
  for (const KeptValue& kept : block.kept) text += fmt::format(" {} {} ;", kept.slot, kept.value);
  if (!block.condition.empty()) text += " ? " + block.condition;
  return text;
}

std::optional<FlowBlock> read_block(std::string_view text) {
  FlowBlock block;
  enum { Id, Arrow, Next, Kills, Slot, Kept } part = Id;
  while (!text.empty()) {
    size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) return std::nullopt;
    if (word == "?" && (part == Next || part == Kills || part == Slot)) {
      if (text.empty()) return std::nullopt;
      block.condition = std::string(std::exchange(text, {}));
    } else if (part == Id) {
      if (!read_number(word, block.id)) return std::nullopt;
      part = Arrow;
    } else if (part == Arrow) {
      if (word != ">") return std::nullopt;
      part = Next;
    } else if (part == Next && word == "!") {
      part = Kills;
    } else if ((part == Next || (part == Kills && !block.kills.empty())) && word == "=") {
      part = Slot;
    } else if (part == Next) {
      uint32_t next = FlowBlock::Nowhere;
      size_t equals = std::min(word.find('='), word.size());
      if (equals < word.size()) block.labels.emplace_back(word.substr(equals + 1));
      word = word.substr(0, equals);
      if (word != "-" && !read_number(word, next)) return std::nullopt;
      block.next.push_back(next);
    } else if (part == Kills) {
      block.kills.emplace_back(word);
    } else if (part == Slot) {
      block.kept.push_back({std::string(word), ""});
      part = Kept;
    } else if (std::string& value = block.kept.back().value; word != ";") {
      value += value.empty() ? std::string(word) : " " + std::string(word);
    } else if (value.empty()) {
      return std::nullopt;
    } else {
      part = Slot;
    }
  }
  bool complete = part == Next || (part == Kills && !block.kills.empty()) ||
                  (part == Slot && !block.kept.empty());
  bool is_switch = !block.labels.empty();
  if (!complete || (is_switch && block.labels.size() != block.next.size())) return std::nullopt;
  if (!is_switch && !block.condition.empty() && block.next.size() != 2) return std::nullopt;
  return block;
}

// ---- one function per type and direction
// --------------------------------------------------------------------

class Writer {
 public:
  // Appends to `text`.
  Writer(std::string& text, std::string_view kind) : line_(text) { line_ += kind; }
  void operator()(std::string_view text) {
    line_ += '\t';
    escape_to(line_, text);
  }
  void operator()(uint32_t number) {
    line_ += '\t';
    std::array<char, 10> digits;
    auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    line_.append(digits.data(), end);
  }
  void operator()(const Place& at) {
    (*this)(at.file);
    (*this)(at.line);
    (*this)(at.column);
  }
  void operator()(const Atom& atom) { (*this)(Value{{atom}}); }
  void operator()(const Value& value) { (*this)(print(value)); }
  void operator()(const FlowBlock& block) { (*this)(print_block(block)); }
  template <class T>
  void operator()(const std::vector<T>& rest) {
    for (const T& item : rest) (*this)(item);
  }
  template <class Enum>
  void choice(Enum value, std::initializer_list<std::string_view> names) {
    (*this)(*(names.begin() + static_cast<size_t>(value)));
  }

 private:
  std::string& line_;
};

class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  void operator()(std::string& text) {
    std::optional<std::string> field = next();
    if (field) text = std::move(*field);
  }
  void operator()(uint32_t& number) {
    std::optional<std::string> field = next();
    if (field && !read_number(*field, number)) ok_ = false;
  }
  void operator()(Place& at) {
    (*this)(at.file);
    (*this)(at.line);
    (*this)(at.column);
  }
  void operator()(Atom& atom) {
    Value value;
    (*this)(value);
    if (value.alternatives.size() != 1) ok_ = false;
    if (ok_) atom = value.alternatives.front();
  }
  void operator()(Value& value) {
    std::optional<std::string> field = next();
    std::optional<Value> read = field ? read_value(*field) : std::nullopt;
    if (read) value = std::move(*read);
    if (!read) ok_ = false;
  }
  void operator()(FlowBlock& block) {
    std::optional<std::string> field = next();
    std::optional<FlowBlock> read = field ? read_block(*field) : std::nullopt;
    if (read) block = std::move(*read);
    if (!read) ok_ = false;
  }
  template <class T>
  void operator()(std::vector<T>& rest) {
    while (ok_ && more_) (*this)(rest.emplace_back());
  }
  template <class Enum>
  void choice(Enum& value, std::initializer_list<std::string_view> names) {
    std::optional<std::string> field = next();
    auto found = std::find(names.begin(), names.end(), field.value_or(""));
    if (found == names.end()) ok_ = false;
    if (ok_) value = static_cast<Enum>(found - names.begin());
  }
  bool complete() const { return ok_ && !more_; }

 private:
  std::optional<std::string> next() {
    if (!more_) ok_ = false;
    if (!ok_) return std::nullopt;
    size_t tab = rest_.find('\t');
    more_ = tab != std::string_view::npos;
    std::optional<std::string> field = unescape(rest_.substr(0, tab));
    if (more_) rest_.remove_prefix(tab + 1);
    if (!field) ok_ = false;
    return field;
  }

  std::string_view rest_;
  bool more_ = true;
  bool ok_ = true;
};

// Each record's fields, in the order of docs/facts.md. `Way` is a Writer or a Reader.
template <class Way, class Record>
void fields(Way& way, Record& r) {
  using T = std::remove_const_t<Record>;
  if constexpr (std::is_same_v<T, UnitFact>) {
    way(r.path);
    way(r.arguments);
    way.choice(r.state, {"ok", "failed"});
    way(r.reason);
  } else if constexpr (std::is_same_v<T, FunctionFact>) {
    way(r.definition);
    way(r.name);
    way(r.type);
    way(r.at);
    way(r.last_line);
    way(r.attributes);
  } else if constexpr (std::is_same_v<T, GlobalFact>) {
    way(r.name);
    way(r.type);
    way(r.at);
    way(r.attributes);
  } else if constexpr (std::is_same_v<T, FlowFact>) {
    way(r.id);
    way(r.entry);
    way(r.blocks);
  } else if constexpr (std::is_same_v<T, RowFact>) {
    way(r.table);
    way(r.index);
    way(r.at);
    way(r.cells);
  } else if constexpr (std::is_same_v<T, RecordFact>) {
    way(r.record);
    way(r.index);
    way(r.field);
    way(r.type);
    way(r.holds);
  } else if constexpr (std::is_same_v<T, IncludeFact>) {
    way(r.at);
    way(r.path);
  } else if constexpr (std::is_same_v<T, SkippedFact>) {
    way(r.at);
    way(r.last_line);
  } else if constexpr (std::is_same_v<T, VanishedFact>) {
    way(r.at);
    way(r.macro);
  } else if constexpr (std::is_same_v<T, OverrideFact>) {
    way(r.method);
    way(r.base);
  } else {
    way(r.owner);
    way(r.at);
    way(r.block);
    if constexpr (std::is_same_v<T, CallFact>) {
      way(r.order);
      way(r.callee);
      way.choice(r.how, {"direct", "created", "destroyed"});
      way(r.macros);
      way(r.arguments);
    } else if constexpr (std::is_same_v<T, IndirectCallFact>) {
      way(r.order);
      way(r.type);
      way(r.through);
      way(r.arguments);
    } else if constexpr (std::is_same_v<T, StoreFact>) {
      way(r.slot);
      way.choice(r.how, {"assign", "change", "set", "keep", "address"});
      way(r.value);
    } else if constexpr (std::is_same_v<T, ReferenceFact>) {
      way.choice(r.how, {"name", "read", "write", "change", "address"});
      way(r.target);
    } else if constexpr (std::is_same_v<T, CaseFact>) {
      way(r.on);
      way(r.constant);
    } else if constexpr (std::is_same_v<T, PassFact>) {
      way(r.callee);
      way(r.argument);
      way(r.record);
    } else {
      static_assert(std::is_same_v<T, SpecialFact>);
      way.choice(r.kind, {"assembly", "no-flow"});
    }
  }
}

bool read_line(std::string_view line, Facts& facts) {
  size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return false;
  std::string_view kind = line.substr(0, tab);
  bool read = false;
  each_kind(facts, [&](std::string_view name, auto& records) {
    if (name != kind) return;
    Reader reader(line.substr(tab + 1));
    fields(reader, records.emplace_back());
    read = reader.complete();
  });
  return read;
}

}  // namespace

std::string write_facts(const Facts& facts) {
  std::string all;
  std::vector<size_t> starts;
  starts.reserve(facts.size() + 1);
  each_kind(facts, [&](std::string_view kind, const auto& records) {
    for (const auto& record : records) {
      starts.push_back(all.size());
      Writer writer(all, kind);
      fields(writer, record);
    }
  });
  starts.push_back(all.size());
  std::vector<std::string_view> lines;
  lines.reserve(starts.size());
  for (size_t i = 0; i + 1 < starts.size(); ++i)
    lines.push_back(std::string_view(all).substr(starts[i], starts[i + 1] - starts[i]));
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string text(FactsVersion);
  text.reserve(text.size() + all.size() + lines.size() + 1);
  text += '\n';
  for (std::string_view line : lines) (text += line) += '\n';
  return text;
}

Result<Facts> read_facts(std::string_view text) {
  Facts facts;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return fail(fmt::format("facts line {}: the last line is cut short", number));
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (number == 1) {
      if (line != FactsVersion) return fail("not a facts file of this version", "extract again");
    } else if (!read_line(line, facts)) {
      return fail(fmt::format("facts line {}: malformed record", number));
    }
  }
  if (number == 0) return fail("the facts file is empty", "extract again");
  facts.normalise();
  return facts;
}

std::optional<Value> read_value(std::string_view text) {
  Value value;
  value.alternatives.clear();
  std::string part;
  auto finish = [&] {
    std::optional<Atom> atom = read_atom(part);
    if (atom) value.alternatives.push_back(std::move(*atom));
    part.clear();
    return atom.has_value();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size() || (text[i] != '|' && text[i] != '\\')) return std::nullopt;
      part += text[i];
    } else if (text[i] == '|') {
      if (!finish()) return std::nullopt;
    } else {
      part += text[i];
    }
  }
  if (!finish()) return std::nullopt;
  return value;
}

}  // namespace bh
