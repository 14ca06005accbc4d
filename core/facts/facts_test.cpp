#include "core/facts/facts.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/facts/text.h"

namespace bh {
namespace {

std::string some_text() {
  return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\t\n\r\\|# :?=&\"")));
}

Atom some_atom() {
  Atom atom;
  atom.kind =
      *rc::gen::element(AtomKind::Unknown, AtomKind::Constant, AtomKind::Text, AtomKind::Function,
                        AtomKind::Slot, AtomKind::Address, AtomKind::Result);
  if (atom.kind != AtomKind::Unknown) atom.text = some_text();
  if (atom.kind == AtomKind::Constant) atom.number = *rc::gen::arbitrary<int64_t>();
  return atom;
}

Value some_value() {
  Value value;
  if (*rc::gen::arbitrary<bool>()) value.alternatives.push_back(some_atom());
  value.alternatives[0] = some_atom();
  return value;
}

Place some_place() { return {some_text(), *rc::gen::inRange(0u, 4u), *rc::gen::inRange(0u, 4u)}; }

FlowBlock some_block() {
  FlowBlock block;
  block.id = *rc::gen::inRange(0u, 9u);
  block.next = {*rc::gen::inRange(0u, 9u), FlowBlock::Nowhere};
  if (*rc::gen::arbitrary<bool>()) block.condition = "== global:x #0";
  if (!block.condition.empty() && *rc::gen::arbitrary<bool>())
    block.labels = {"#1,#3..#4", "default"};
  if (*rc::gen::arbitrary<bool>()) block.kills = {"local:a", "param:1"};
  if (*rc::gen::arbitrary<bool>())
    block.kept = {{"local:a", "#7"}, {"param:1", "& global:x ! call:f"}};
  return block;
}

Facts some_facts() {
  Facts f;
  auto often = [] { return *rc::gen::inRange(0, 3); };
  for (int i = often(); i > 0; --i)
    f.units.push_back({some_text(), some_text(),
                       *rc::gen::element(UnitState::Ok, UnitState::Failed), some_text()});
  for (int i = often(); i > 0; --i)
    f.functions.push_back({some_text(), some_text(), some_text(), some_place(), 7, {some_text()}});
  for (int i = often(); i > 0; --i)
    f.globals.push_back({some_text(), some_text(), some_place(), {}});
  for (int i = often(); i > 0; --i)
    f.flows.push_back({some_text(), {some_block(), some_block()}, 3});
  for (int i = often(); i > 0; --i)
    f.calls.push_back({some_text(),
                       some_place(),
                       some_text(),
                       5,
                       some_text(),
                       CallHow::Created,
                       some_text(),
                       {some_value(), some_value()}});
  for (int i = often(); i > 0; --i)
    f.indirect_calls.push_back(
        {some_text(), some_place(), some_text(), 6, some_text(), some_value(), {some_value()}});
  for (int i = often(); i > 0; --i)
    f.stores.push_back({some_text(), some_place(), some_text(), some_text(),
                        *rc::gen::element(StoreHow::Set, StoreHow::Address), some_value()});
  for (int i = often(); i > 0; --i)
    f.references.push_back({some_text(), some_place(), some_text(),
                            *rc::gen::element(UseHow::Read, UseHow::Address), some_atom()});
  for (int i = often(); i > 0; --i)
    f.cases.push_back({some_text(), some_place(), some_text(), some_value(), some_value()});
  for (int i = often(); i > 0; --i)
    f.passes.push_back({some_text(), some_place(), some_text(), some_text(), 1, some_text()});
  for (int i = often(); i > 0; --i)
    f.records.push_back({some_text(), 3, some_text(), some_text(), some_text()});
  for (int i = often(); i > 0; --i) f.includes.push_back({some_place(), some_text()});
  for (int i = often(); i > 0; --i) f.skipped.push_back({some_place(), 4});
  for (int i = often(); i > 0; --i) f.vanished.push_back({some_place(), some_text()});
  for (int i = often(); i > 0; --i)
    f.rows.push_back({some_text(), 2, some_place(), {some_text(), some_text()}});
  for (int i = often(); i > 0; --i) f.overrides.push_back({some_text(), some_text()});
  for (int i = often(); i > 0; --i)
    f.specials.push_back({some_text(), some_place(), some_text(), SpecialKind::NoFlow});
  f.normalise();
  return f;
}

void check_property(const char* name, void (*property)()) {
  EXPECT_TRUE(rc::check(name, property));
}

TEST(Facts, MergeIsCommutative) {
  check_property("merge(a, b) = merge(b, a)", [] {
    Facts a = some_facts(), b = some_facts();
    RC_ASSERT(merge(a, b) == merge(b, a));
  });
}

TEST(Facts, MergeIsAssociative) {
  check_property("merge(merge(a, b), c) = merge(a, merge(b, c))", [] {
    Facts a = some_facts(), b = some_facts(), c = some_facts();
    RC_ASSERT(merge(merge(a, b), c) == merge(a, merge(b, c)));
    RC_ASSERT(merge_all({a, b, c}) == merge(merge(a, b), c));
  });
}

TEST(Facts, MergeIsIdempotent) {
  check_property("merge(a, a) = a", [] {
    Facts a = some_facts();
    RC_ASSERT(merge(a, a) == a);
    RC_ASSERT(merge(a, Facts{}) == a);
  });
}

TEST(FactsText, ReadInvertsWrite) {
  check_property("read(write(a)) = a", [] {
    Facts a = some_facts();
    Result<Facts> read = read_facts(write_facts(a));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == a);
    RC_ASSERT(write_facts(*read) == write_facts(a));
  });
}

TEST(FactsText, ValuesSurvive) {
  check_property("read_value(print(v)) = v", [] {
    Value v = some_value();
    std::optional<Value> read = read_value(print(v));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == v);
  });
}

TEST(FactsText, EveryTruncationAndFlippedByteIsSurvived) {
  std::string text = std::string(FactsVersion) +
                     "\ncall\tf@a.c\ta.c\t1\t2\tab:3\t0\tg\tdirect\tM\t?|#1:A\n"
                     "flow\tab\t3\t3 > 1 2 ! local:y ? ! global:x\n";
  Result<Facts> original = read_facts(text);
  ASSERT_TRUE(original.has_value());
  for (size_t size = 0; size < text.size(); ++size) {
    bool whole_lines = size > 0 && text[size - 1] == '\n';
    EXPECT_EQ(read_facts(text.substr(0, size)).has_value(), whole_lines) << size;
  }
  for (size_t at = 0; at < text.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = text;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      Result<Facts> read = read_facts(bad);
      EXPECT_FALSE(read.has_value() && *read == *original) << at;
    }
}

TEST(FactsText, MalformedLinesAreNamed) {
  const char* bad[] = {
      "nonsense\tx\n",
      "override\tonly-one\n",
      "override\ta\tb\tc\n",
      "override\ta\\x\tb\n",
      "unit\ta\tb\tperhaps\t\n",
      "function\td\tn\tt\tf\tnot-a-number\t2\t3\n",
      "function\td\tn\tt\tf\t99999999999\t2\t3\n",
      "reference\to\tf\t1\t2\t\t@\n",
      "flow\tid\t0\t1 > 2 ? global:x\n",
      "flow\tid\t0\t1 2\n",
      "flow\tid\t0\t1 > 2 = local:x ;\n",
      "flow\tid\t0\t1 > 2 = local:x #1\n",
  };
  for (const char* line : bad) {
    Result<Facts> read = read_facts(std::string(FactsVersion) + "\n" + line);
    ASSERT_FALSE(read.has_value()) << line;
    EXPECT_NE(read.error().message.find("line 2"), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(read_facts("").has_value());
  EXPECT_FALSE(read_facts("bulkhead-facts 0\n").has_value());
}

TEST(FactsText, SeedsOfTheFuzzerAreOfThisVersion) {
  size_t seeds = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(BH_SOURCE_DIR "/tests/fuzz/seeds/facts")) {
    if (entry.path().extension() != ".facts") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const Result<Facts> read = read_facts(text);
    EXPECT_TRUE(read.has_value()) << entry.path();
    ++seeds;
  }
  EXPECT_GT(seeds, 0u);
}

}  // namespace
}  // namespace bh
