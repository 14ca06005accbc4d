#include "lang/format_style.h"

#include <algorithm>
#include <array>

namespace bh {

namespace {

constexpr uint32_t stops(std::initializer_list<ColumnStop> list) {
  uint32_t bits = 0;
  for (const ColumnStop stop : list) bits |= uint32_t{1} << static_cast<unsigned>(stop);
  return bits;
}

using enum ColumnStop;
using enum LayoutShape;

constexpr uint32_t RuleStops = stops({AfterWord, AfterColon, AtArrow, AtCondition, AtBecause});
constexpr uint32_t StepStops = stops({AfterWord, AtArrow, AtReplies, AtBy});
constexpr uint32_t ReleaseStops = stops({AfterColon, AtLevels, AtBecause});

constexpr auto StatementRows = std::to_array<LayoutRow>({
    {"", "type", Type, Type, false, stops({AtEqual, AtIn})},
    {"", "variant", Variant, Variant, false, stops({AfterColon, AtEqual})},
    {"", "enum", Enum, Enum, false, stops({AtBrace})},
    {"", "lattice", Lattice, Lattice, false, stops({AtBrace})},
    {"", "interface", Interface, Interface, true, stops({AtBrace})},
    {"", "component", Component, Component, true, stops({AfterWord, AtBrace})},
    {"", "object", Object, Component, true, stops({AfterWord, AfterColon, AtBrace})},
    {"", "group", Group, Component, false, stops({AfterWord, AtEqual})},
    {"", "release", Release, Release, false, ReleaseStops},
    {"", "endorse", Release, Release, false, ReleaseStops},
    {"", "allow", Rule, Rule, false, RuleStops},
    {"", "deny", Rule, Rule, false, RuleStops},
    {"", "protocol", Block, Block, true, 0},
    {"", "never", Property, Property, false, stops({AfterColon})},
    {"", "require", Property, Property, false, stops({AfterColon})},
    {"", "holds", Property, Property, false, stops({AfterColon})},
    {"", "separate", Property, Property, false, stops({AfterColon})},
    {"", "tcb", Property, Property, false, stops({AfterColon})},
    {"", "test", Block, Block, true, 0},
    {"", "code", Block, Block, true, stops({AtBrace})},
    {"", "target", Block, Block, true, stops({AtBrace})},
    {"", "audit", Audit, Audit, false, stops({AtBrace})},
});

constexpr auto ItemRows = std::to_array<LayoutRow>({
    {"interface", "call", Method, Item, false, stops({AfterWord, AtArrow})},
    {"interface", "event", Method, Item, false, stops({AfterWord, AtArrow})},
    {"component", "label", Clause, Item, false, stops({AfterWord})},
    {"component", "provides", Endpoint, Item, false, stops({AfterWord})},
    {"component", "handles", Endpoint, Item, false, stops({AfterWord})},
    {"object", "label", Clause, Item, false, stops({AfterWord})},
    {"protocol", "", Transition, Item, false, stops({AtMinus, AfterArrow, AtAt})},
    {"test", "allow", Step, Item, false, StepStops},
    {"test", "deny", Step, Item, false, StepStops},
    {"test", "wait", Clause, Item, false, stops({AfterWord})},
    {"code", "sources", Clause, Item, false, stops({AfterWord})},
    {"code", "entry", Clause, Item, false, stops({AfterWord})},
    {"code", "forbids", Clause, Item, false, stops({AfterWord})},
    {"code", "uses", Use, Item, false, stops({AfterWord, AtLeftArrow})},
    {"code", "serves", Serve, Item, false, stops({AfterWord, AtLeftArrow})},
    {"code", "permits", Permit, Item, false, stops({AfterWord, AtLeftArrow})},
    {"code", "memory", Clause, Item, false, stops({AfterWord})},
    {"code", "once", Clause, Item, false, stops({AfterWord})},
    {"code", "must", Clause, Item, false, stops({AfterWord})},
    {"code", "checks", Clause, Item, false, stops({AfterWord})},
    {"code", "shares", Reasoned, Item, false, stops({AfterWord, AtBecause})},
    {"code", "accept", Reasoned, Item, false, stops({AfterWord, AtBecause})},
    {"code", "assume", Assumption, Item, false, stops({AfterWord, AtEqual, AtBecause})},
    {"code", "resolve", Resolution, Item, false, stops({AfterWord, AtArrow, AtBecause})},
    {"code", "holds", Clause, Item, false, stops({AfterWord})},
    {"target", "", Mapping, Item, false, stops({AtEqual})},
    {"target", "approximate", Approximation, Item, false, stops({AtBecause})},
    {"target", "budget", Clause, Item, false, 0},
    {"target", "timeout", Clause, Item, false, 0},
});

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

const LayoutRow* statement_row(std::string_view word) {
  const auto found = std::find_if(StatementRows.begin(), StatementRows.end(),
                                  [&](const LayoutRow& row) { return row.word == word; });
  return found == StatementRows.end() ? nullptr : &*found;
}

const LayoutRow* item_row(std::string_view statement, std::string_view word) {
  const auto found = std::find_if(ItemRows.begin(), ItemRows.end(), [&](const LayoutRow& row) {
    return row.word == word && row.statement == statement;
  });
  return found == ItemRows.end() ? nullptr : &*found;
}

ClauseWord clause_word(std::string_view name) {
  using Entry = std::pair<std::string_view, ClauseWord>;
  static constexpr auto Words = std::to_array<Entry>({{"and", ClauseWord::And},
                                                      {"at", ClauseWord::At},
                                                      {"because", ClauseWord::Because},
                                                      {"before", ClauseWord::Before},
                                                      {"by", ClauseWord::By},
                                                      {"except", ClauseWord::Except},
                                                      {"in", ClauseWord::In},
                                                      {"not", ClauseWord::Not},
                                                      {"or", ClauseWord::Or},
                                                      {"replies", ClauseWord::Replies},
                                                      {"then", ClauseWord::Then},
                                                      {"unless", ClauseWord::Unless},
                                                      {"when", ClauseWord::When},
                                                      {"with", ClauseWord::With},
                                                      {"within", ClauseWord::Within},
                                                      {"without", ClauseWord::Without}});
  const auto found =
      std::find_if(Words.begin(), Words.end(), [&](const Entry& e) { return e.first == name; });
  return found == Words.end() ? ClauseWord::None : found->second;
}

bool ends_operand(const Token& token) {
  const char last = token.text.empty() ? '\0' : token.text.back();
  return is_word_character(last) || last == '"' || last == '}' || last == ')' || last == ']' ||
         last == '*';
}

}  // namespace bh
