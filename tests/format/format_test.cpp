// What formatting must never do, over every policy of this repository and over the same tokens with
// other blanks, breaks and comments between them.
#include "lang/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "core/diag/render.h"
#include "core/model/print.h"
#include "lang/compile.h"
#include "lang/lexer.h"
#include "lang/parser.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> policies() {
  std::vector<fs::path> found;
  for (const char* folder : {"examples", "corpus", "tests", "analyzer", "lang"}) {
    const fs::path root = fs::path(BH_SOURCE_DIR) / folder;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".bh") found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> formatted(const std::string& text, std::string* complaints = nullptr) {
  SourceMap sources;
  DiagnosticSink sink;
  const FileId file = sources.add("p.bh", text);
  auto result = format(sources[file], file, sink);
  EXPECT_EQ(result.has_value(), !sink.has_errors());
  if (complaints != nullptr) *complaints = render_text(sink, sources);
  return result;
}

// The tokens of a text, comments included, the latter without blanks at their end.
std::vector<std::string> tokens_and_comments(std::string_view text) {
  std::vector<std::string> found;
  DiagnosticSink sink;
  Reporter reporter(sink);
  Lexer lexer(text, FileId(0), reporter);
  size_t before = 0;
  while (true) {
    const Token token = lexer.next();
    std::string_view gap = text.substr(before, token.span.begin - before);
    for (size_t at = gap.find("//"); at != std::string_view::npos; at = gap.find("//")) {
      gap.remove_prefix(at);
      const std::string_view comment = gap.substr(0, gap.find('\n'));
      found.emplace_back(comment.substr(0, comment.find_last_not_of(" \t\r") + 1));
      gap.remove_prefix(comment.size());
    }
    if (token.kind == TokenKind::End) return found;
    found.emplace_back(token.text);
    before = token.span.end;
  }
}

// The model that a text means, or what is wrong with it, without places.
std::string meaning(const std::string& text) {
  SourceMap sources;
  DiagnosticSink sink;
  const auto checked = compile(sources, {sources.add("p.bh", text)}, sink);
  if (checked) return print(**checked);
  std::string wrong;
  for (const Diagnostic& d : sink.diagnostics()) wrong += d.message + "\n";
  return wrong;
}

// "" or what is wrong with the layout of a text that parses.
std::string broken_law(const std::string& text, const std::string& result) {
  if (tokens_and_comments(text) != tokens_and_comments(result)) return "other tokens or comments";
  const auto again = formatted(result);
  if (!again) return "the result does not parse";
  if (*again != result) return "formatting again changes the result into\n" + *again;
  if (meaning(text) != meaning(result)) return "another meaning";
  const auto bad_line = [](const std::string& line) {
    return line.ends_with(' ') || line.find('\r') != std::string::npos;
  };
  std::istringstream lines(result);
  for (std::string line; std::getline(lines, line);) {
    if (bad_line(line)) return "blanks at the end of '" + line + "'";
  }
  if (result.starts_with('\n') || result.find("\n\n\n") != std::string::npos ||
      result.ends_with("\n\n") || (!result.empty() && !result.ends_with('\n'))) {
    return "wrong blank lines";
  }
  return "";
}

// The tokens and comments of a text with blanks, breaks and more comments between them, at random.
// Within braces nothing begins in the first column, where a statement would; nor does a name after
// a statement's word (`allow target: ..`).
std::string scrambled(const std::string& text, std::mt19937& random, unsigned breaks,
                      unsigned comments) {
  const auto tokens = tokens_and_comments(text);
  std::string result;
  int depth = 0;
  bool after_word = false;
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  for (const std::string& token : tokens) {
    const bool comment = token.starts_with("//");
    if (chance(breaks) || (comment && chance(50))) result += chance(20) ? "\n \n" : "\n";
    if (!result.empty() && result.back() != '\n') result.append(1 + random() % 4, ' ');
    const bool inside = depth > 0 || after_word;
    if (inside) result += ' ';
    if (chance(comments)) result += inside ? "// so\n  " : "// so\n";
    if (!comment) after_word = begins_statement(token);
    result += token;
    if (comment) result += chance(20) ? " \t\r\n" : "\n";
    if (token == "{") ++depth;
    if (token == "}") --depth;
  }
  return result;
}

TEST(Format, KeepsItsLawsOnEveryPolicy) {
  size_t parsed = 0;
  for (const fs::path& path : policies()) {
    const std::string text = read(path);
    const auto result = formatted(text);
    if (!result) continue;
    ++parsed;
    EXPECT_EQ(broken_law(text, *result), "") << path << "\n" << *result;
  }
  EXPECT_GT(parsed, 80u);
}

TEST(Format, KeepsItsLawsHoweverTheTextIsSpaced) {
  std::mt19937 random(20220601);
  const unsigned kinds[][2] = {{0, 0}, {5, 0}, {30, 0}, {5, 3}, {20, 20}, {2, 1}};
  size_t checked = 0;
  for (const fs::path& path : policies()) {
    const std::string text = read(path);
    if (!formatted(text)) continue;
    for (const auto& [breaks, comments] : kinds) {
      const std::string other = scrambled(text, random, breaks, comments);
      std::string complaints;
      const auto result = formatted(other, &complaints);
      ASSERT_TRUE(result) << path << "\n" << complaints;
      const std::string broken = broken_law(other, *result);
      ASSERT_EQ(broken, "") << path << "\n---- from\n" << other << "\n---- to\n" << *result;
      ++checked;
    }
  }
  EXPECT_GT(checked, 480u);
}

// A text that does not parse is reported as the parser would, and nothing comes of it.
TEST(Format, LeavesTextWithSyntaxErrorsAlone) {
  for (const char* text : {"policy p 1\ncomponent A {", "policy p 1 }", "policy", "allow \xff",
                           "policy p 1\ntype T = u8 in ~\n", "policy p 1\nallow r: \"x\n"}) {
    std::string complaints;
    EXPECT_FALSE(formatted(text, &complaints)) << text;
    EXPECT_NE(complaints.find("error[BH1"), std::string::npos) << complaints;
  }
}

// Names that are unknown are no reason not to format.
TEST(Format, NeedsNoMeaning) {
  EXPECT_EQ(formatted("allow a:B->C . d"), "allow a: B -> C.d\n");
  EXPECT_EQ(formatted(""), "");
  EXPECT_EQ(formatted("\n\n// only this  \n\n"), "// only this\n");
}

// Whatever is removed from a policy or put twice, the result is an error or keeps the laws.
TEST(Format, KeepsItsLawsOnDamagedPolicies) {
  std::mt19937 random(20220602);
  const std::string text = read(fs::path(BH_SOURCE_DIR) / "tests/golden/lang/everything.bh");
  size_t parsed = 0;
  for (int run = 0; run < 1500; ++run) {
    std::string damaged = text;
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % damaged.size();
      if (random() % 2 == 0) {
        damaged.erase(at, 1 + random() % 12);
      } else {
        damaged.insert(at, damaged.substr(random() % damaged.size(), 1 + random() % 12));
      }
    }
    const auto result = formatted(damaged);
    if (!result) continue;
    ++parsed;
    const std::string broken = broken_law(damaged, *result);
    ASSERT_EQ(broken, "") << "---- from\n" << damaged << "\n---- to\n" << *result;
  }
  EXPECT_GT(parsed, 100u);
}

}  // namespace
}  // namespace bh
