#include "core/facts/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bh {
namespace {

template <class T>
void sort_unique(std::vector<T>& records) {
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
}

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void append(Facts& to, Facts&& from) {
  append(to.units, std::move(from.units));
  append(to.functions, std::move(from.functions));
  append(to.globals, std::move(from.globals));
  append(to.flows, std::move(from.flows));
  append(to.calls, std::move(from.calls));
  append(to.indirect_calls, std::move(from.indirect_calls));
  append(to.stores, std::move(from.stores));
  append(to.references, std::move(from.references));
  append(to.rows, std::move(from.rows));
  append(to.cases, std::move(from.cases));
  append(to.passes, std::move(from.passes));
  append(to.records, std::move(from.records));
  append(to.includes, std::move(from.includes));
  append(to.skipped, std::move(from.skipped));
  append(to.vanished, std::move(from.vanished));
  append(to.overrides, std::move(from.overrides));
  append(to.specials, std::move(from.specials));
}

}  // namespace

std::string print(const Atom& atom) {
  switch (atom.kind) {
    case AtomKind::Unknown:
      return "?";
    case AtomKind::Constant:
      return atom.text.empty() ? "#" + std::to_string(atom.number)
                               : fmt::format("#{}:{}", atom.number, atom.text);
    case AtomKind::Text:
      return "\"" + atom.text + "\"";
    case AtomKind::Function:
      return "fn:" + atom.text;
    case AtomKind::Slot:
      return "=" + atom.text;
    case AtomKind::Address:
      return "&" + atom.text;
    case AtomKind::Result:
      return "result:" + atom.text;
  }
  return "?";
}

std::string print(const Value& value) {
  std::string text;
  for (const Atom& atom : value.alternatives) {
    if (!text.empty()) text += '|';
    std::string one = print(atom);
    if (one.find_first_of("|\\") == std::string::npos) {
      text += one;
      continue;
    }
    for (char c : one) {
      if (c == '|' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

void Facts::normalise() {
  each_kind(*this, [](std::string_view, auto& kind) { sort_unique(kind); });
}

size_t Facts::size() const {
  size_t count = 0;
  each_kind(*this, [&](std::string_view, const auto& kind) { count += kind.size(); });
  return count;
}

Facts merge(Facts a, Facts b) {
  append(a, std::move(b));
  a.normalise();
  return a;
}

Facts merge_all(std::vector<Facts> parts) {
  Facts all;
  for (Facts& part : parts) append(all, std::move(part));
  all.normalise();
  return all;
}

}  // namespace bh
