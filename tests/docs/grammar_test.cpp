// The grammar of docs/language.md and the parser are the same language: sentences made from the
// grammar are accepted, and of sentences with one wrong word the parser accepts exactly those that
// belong to the grammar.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <utility>

#include "lang/parser.h"
#include "tests/docs/recogniser.h"

namespace bh::docs {
namespace {

constexpr size_t SentenceCount = 5000;
constexpr size_t MostSentences = 50'000;  // made until each alternative was used
constexpr size_t MutantsOfEach = 8;
constexpr size_t PoolSize = 40'000;
constexpr size_t SoftLength = 24;  // words, after which a sentence ends as soon as it can

std::string page() {
  std::ifstream file(BH_SOURCE_DIR "/docs/language.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const Grammar& grammar() {
  static const Grammar read = read_grammar(page());
  return read;
}

std::string text_of(const std::vector<Word>& sentence) {
  std::string
      text;  // begins with a blank: a statement's word in the first column would always begin one
  for (const Word& word : sentence) text += " " + word.text;
  return text;
}

// The parser's complaint about the text, not about its names; "" when it has none.
std::string complaint(const std::string& text) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("p.bh", text);
  parse(sources[file], file, sink);
  for (const Diagnostic& d : sink.diagnostics()) {
    if (d.code < 2000) return print_code(d.code) + " " + d.message;
  }
  return "";
}

struct Derivation {
  using Choice = std::pair<size_t, size_t>;  // a rule and its alternative
  std::vector<Word> words;
  std::vector<Choice> choices;
};

// Random derivations that prefer what was used least.
class Writer {
 public:
  Writer() {
    for (const Production& rule : grammar().rules) used_.emplace_back(rule.alternatives.size());
  }

  std::vector<Word> sentence() { return derive(SoftLength).words; }

  // A sentence that ends as soon as it can once it has that many words.
  Derivation derive(size_t soft_length) {
    Derivation made;
    std::vector<Word>& words = made.words;
    std::vector<Term> open = {{TermKind::Rule, "", 0}};
    for (size_t steps = 0; !open.empty(); ++steps) {
      const Term term = open.back();
      open.pop_back();
      if (term.kind != TermKind::Rule) {
        words.push_back(word(term));
        continue;
      }
      const bool hurry = words.size() >= soft_length || steps >= 20 * soft_length;
      const size_t chosen = choose(term.rule, hurry);
      made.choices.emplace_back(term.rule, chosen);
      const Sequence& sequence = grammar().rules[term.rule].alternatives[chosen];
      open.insert(open.end(), sequence.rbegin(), sequence.rend());
    }
    return made;
  }

  std::vector<std::string> unused() const {
    std::vector<std::string> result;
    for (size_t rule = 0; rule < used_.size(); ++rule) {
      for (size_t i = 0; i < used_[rule].size(); ++i) {
        if (used_[rule][i] > 0) continue;
        result.push_back(grammar().rules[rule].name + ":");
        for (const Term& t : grammar().rules[rule].alternatives[i]) result.back() += " " + t.text;
      }
    }
    return result;
  }

  size_t below(size_t end) { return random_() % end; }

  Word name() {
    static const std::vector<std::string> Names = {"a", "Bc", "d_1", "_e", "F"};
    return {Names[below(Names.size())], WordKind::Name};
  }

 private:
  size_t choose(size_t rule, bool hurry) {
    const std::vector<Sequence>& all = grammar().rules[rule].alternatives;
    std::vector<size_t>& used = used_[rule];
    size_t chosen = below(all.size());
    if (hurry) {
      for (size_t i = 0; i < all.size(); ++i) {
        if (grammar().least(all[i]) < grammar().least(all[chosen])) chosen = i;
      }
    } else if (below(2) == 0) {
      chosen = static_cast<size_t>(std::min_element(used.begin(), used.end()) - used.begin());
    }
    ++used[chosen];
    return chosen;
  }

  Word word(const Term& term) {
    static const std::vector<std::string> Numbers = {"0", "7", "64_000", "0x1F", "0b10_1"};
    static const std::vector<std::string> Strings = {R"("")", R"("a b")", R"("\"\\\x41\n// {")"};
    static const std::vector<std::string> Durations = {"250ms", "5s", "10min", "2h"};
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (term.kind == TermKind::Quoted) {
      const bool name = is_letter(term.text.back()) || term.text == "KiB" || term.text == "MiB";
      const WordKind other = term.text == "1" ? WordKind::Number : WordKind::Symbol;
      return {term.text, name ? WordKind::Name : other};
    }
    if (term.text == "NUMBER") return {Numbers[below(Numbers.size())], WordKind::Number};
    if (term.text == "STRING") return {Strings[below(Strings.size())], WordKind::String};
    if (term.text == "DURATION") return {Durations[below(Durations.size())], WordKind::Duration};
    return name();
  }

  std::mt19937 random_{20220601};
  std::vector<std::vector<size_t>> used_;
};

// Every quoted word and reserved word of the grammar, and one of each class.
std::vector<Word> vocabulary() {
  std::map<std::string, WordKind> words = {{"a", WordKind::Name},
                                           {"5s", WordKind::Duration},
                                           {"7", WordKind::Number},
                                           {"\"s\"", WordKind::String}};
  for (const Production& rule : grammar().rules) {
    for (const Sequence& sequence : rule.alternatives) {
      for (const Term& term : sequence) {
        if (term.kind != TermKind::Quoted || term.text == "1") continue;
        const bool name = std::isalpha(static_cast<unsigned char>(term.text[0])) != 0;
        words.emplace(term.text, name ? WordKind::Name : WordKind::Symbol);
      }
    }
  }
  for (const std::string& word : grammar().builtin_types) words.emplace(word, WordKind::Name);
  for (const std::string& word : grammar().reserved) words.emplace(word, WordKind::Name);
  std::vector<Word> all;
  for (const auto& [text, kind] : words) all.push_back({text, kind});
  return all;
}

// One word taken away, said twice, exchanged with another one, or replaced by some word of the
// language.
std::vector<Word> mutant(std::vector<Word> sentence, Writer& writer,
                         const std::vector<Word>& words) {
  const size_t at = writer.below(sentence.size());
  const auto place = sentence.begin() + static_cast<std::ptrdiff_t>(at);
  switch (writer.below(4)) {
    case 0:
      sentence.erase(place);
      break;
    case 1: {
      const Word again = *place;
      sentence.insert(place, again);
      break;
    }
    case 2:
      std::swap(sentence[at], sentence[writer.below(sentence.size())]);
      break;
    default:
      *place = words[writer.below(words.size())];
      break;
  }
  return sentence;
}

TEST(Grammar, ThePageDefinesEveryWordThatItUses) {
  EXPECT_EQ(grammar().errors, std::vector<std::string>{});
  EXPECT_GT(grammar().rules.size(), 100U);
  EXPECT_GE(grammar().reserved.size(), 10U);
}

TEST(Grammar, EverySentenceIsAccepted) {
  Writer writer;
  Recogniser recogniser(grammar());
  for (size_t i = 0; i < SentenceCount || (i < MostSentences && !writer.unused().empty()); ++i) {
    const std::vector<Word> sentence = writer.sentence();
    ASSERT_TRUE(recogniser.accepts(sentence)) << text_of(sentence);
    ASSERT_EQ(complaint(text_of(sentence)), "") << text_of(sentence);
  }
  EXPECT_EQ(writer.unused(), std::vector<std::string>{}) << "no sentence has these alternatives";
}

struct Agreement {
  Recogniser recogniser{grammar()};
  size_t accepted = 0;
  size_t refused = 0;
  size_t differ = 0;

  void judge(const std::vector<Word>& sentence) {
    const bool member = recogniser.accepts(sentence);
    const std::string said = complaint(text_of(sentence));
    ++(member ? accepted : refused);
    if (member == said.empty()) return;
    ++differ;
    ADD_FAILURE() << (member ? "in the grammar, but refused: "
                             : "accepted, but not in the grammar:")
                  << said << "\n " << text_of(sentence);
  }
};

// Short sentences that use every alternative between them.
std::vector<std::vector<Word>> covering_sentences() {
  Writer writer;
  std::vector<Derivation> pool;
  for (size_t i = 0; i < 10 * PoolSize && (i < PoolSize || !writer.unused().empty()); ++i) {
    pool.push_back(writer.derive(SoftLength * (i % PoolSize) / PoolSize));
  }
  std::stable_sort(pool.begin(), pool.end(), [](const Derivation& a, const Derivation& b) {
    return a.words.size() < b.words.size();
  });
  std::vector<std::vector<Word>> chosen;
  std::set<Derivation::Choice> covered;
  for (const Derivation& d : pool) {
    const size_t before = covered.size();
    covered.insert(d.choices.begin(), d.choices.end());
    if (covered.size() > before) chosen.push_back(d.words);
  }
  EXPECT_EQ(writer.unused(), std::vector<std::string>{});
  return chosen;
}

// Every word of the language put in at every place of them, and in the place of every word:
// whatever the parser reads there and the grammar does not have, or the other way round, is found.
TEST(Grammar, EveryWordAtEveryPlaceIsJudgedAlike) {
  const std::vector<Word> words = vocabulary();
  Agreement agreement;
  for (const std::vector<Word>& sentence : covering_sentences()) {
    for (size_t at = 0; at <= sentence.size() && agreement.differ < 20; ++at) {
      for (const Word& word : words) {
        std::vector<Word> changed = sentence;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), word);
        agreement.judge(changed);
        if (at == sentence.size()) continue;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        agreement.judge(changed);
      }
    }
  }
  EXPECT_GT(agreement.accepted, 5'000U);
  EXPECT_GT(agreement.refused, 50'000U);
}

TEST(Grammar, OneWrongWordIsJudgedAlike) {
  Writer writer;
  const std::vector<Word> words = vocabulary();
  Agreement agreement;
  for (size_t i = 0; i < SentenceCount && agreement.differ < 20; ++i) {
    const std::vector<Word> sentence = writer.sentence();
    if (sentence.empty()) continue;
    for (size_t k = 0; k < MutantsOfEach; ++k) agreement.judge(mutant(sentence, writer, words));
  }
  EXPECT_GT(agreement.accepted, 1000U);
  EXPECT_GT(agreement.refused, 20'000U);
}

TEST(Grammar, EveryExampleOfTheReferenceIsRead) {
  const std::string text = page();
  const size_t end = text.find("\n## Grammar\n");
  size_t examples = 0;
  for (size_t at = text.find("\n# Reference\n"); at < end; ++examples) {
    const size_t begin = text.find("\n```\n", at);
    if (begin >= end) break;
    at = text.find("\n```\n", begin + 5);
    ASSERT_LT(at, end);
    const std::string example = text.substr(begin + 5, at - begin - 4);
    EXPECT_EQ(complaint(example), "") << example;
    at += 5;
  }
  EXPECT_GE(examples, 12U);
}

// The judges can tell: what follows is decided wrongly as soon as one of them is broken.
TEST(Grammar, TheRecogniserKnowsWordsInTheirPlace) {
  const auto judge = [](const std::string& text) {
    std::vector<Word> words;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) {
      const auto first = static_cast<unsigned char>(word[0]);
      words.push_back({word, std::isdigit(first) != 0   ? WordKind::Number
                             : std::isalpha(first) != 0 ? WordKind::Name
                                                        : WordKind::Symbol});
    }
    return Recogniser(grammar()).accepts(words);
  };
  EXPECT_TRUE(judge("group g = label + a"));
  EXPECT_TRUE(judge("group g = label a + a"));
  EXPECT_TRUE(judge("allow a : b -> c when size = 1"));
  EXPECT_TRUE(judge("allow a : b -> c when size ( size ) = 1"));
  EXPECT_FALSE(judge("allow a : b -> c when size ( size )"));
  EXPECT_FALSE(judge("allow in : b -> c"));
  EXPECT_FALSE(judge("enum a { b , c , , }"));
  EXPECT_TRUE(judge("enum a { b , c , }"));
  EXPECT_FALSE(judge("component a { label b , }"));
}

}  // namespace
}  // namespace bh::docs
