#include "lang/imports.h"

#include <gtest/gtest.h>

#include <map>

#include "core/diag/render.h"
#include "lang/check.h"

namespace bh {
namespace {

struct Files {
  std::map<std::string, std::string> files;
  SourceMap sources;
  DiagnosticSink sink;

  std::vector<int> codes(const std::string& root) {
    const FileId id = sources.add(root, files.at(root));
    const Ast ast = read_policy(
        sources, {id},
        [&](const std::string& path) -> std::optional<std::string> {
          const auto at = files.find(path);
          if (at == files.end()) return std::nullopt;
          return at->second;
        },
        sink);
    if (!sink.has_errors()) model = check(ast, {}, sink);
    std::vector<int> result;
    for (const Diagnostic& d : sink.diagnostics()) result.push_back(d.code);
    return result;
  }
  Model model;
};

TEST(Imports, AModuleIsReadOnceHoweverOftenItIsImported) {
  Files f;
  f.files = {
      {"dir/p.bh",
       "policy p 1\nimport parts.a\nimport parts.b\nimport parts.a\ncomponent C { provides x: I }"},
      {"dir/parts/a.bh", "module parts.a\nimport c\n"},
      {"dir/parts/b.bh", "module parts.b\nimport c\n"},
      {"dir/parts/c.bh", "module c\ninterface I { call get() }"}};
  EXPECT_EQ(f.codes("dir/p.bh"), std::vector<int>{});
  EXPECT_EQ(f.model.interfaces.size(), 1u);
}

TEST(Imports, ACircleIsToldWithEveryStepOfIt) {
  Files f;
  f.files = {{"p.bh", "policy p 1\nimport a\ncomponent C { }"},
             {"a.bh", "module a\nimport b\n"},
             {"b.bh", "module b\nimport c\n"},
             {"c.bh", "module c\nimport a\n"}};
  const std::vector<int> code = {2045};
  EXPECT_EQ(f.codes("p.bh"), code);
  EXPECT_EQ(f.sink.diagnostics()[0].labels.size(), 2u);
  EXPECT_EQ(f.sources.print(f.sink.diagnostics()[0].span), "c.bh:2:8");
}

TEST(Imports, AFileMustBeTheModuleThatWasImported) {
  Files f;
  f.files = {{"p.bh", "policy p 1\nimport a\nimport b\nimport c\nimport d\ncomponent C { }"},
             {"a.bh", "module another\n"},
             {"b.bh", "policy b 1\n"},
             {"c.bh", "interface I { }\n"},
             {"d.bh", "module d\nmodule e\n"}};
  const std::vector<int> code = {2046, 2046, 2046, 2012};
  EXPECT_EQ(f.codes("p.bh"), code);
}

TEST(Imports, AModuleAloneIsNoPolicy) {
  Files f;
  f.files = {{"a.bh", "module a\ninterface I { call get() }"}};
  EXPECT_EQ(f.codes("a.bh"), std::vector<int>{2042});
}

TEST(Imports, WhoeverSpeaksOfLifeHasImportedIt) {
  Files f;
  f.files = {{"p.bh",
              "policy p 1\ncomponent A { }\ncomponent B { handles crash: Life }\n"
              "allow start: A -> B.life.start\nallow told: B -> B.crash.crashed"}};
  EXPECT_EQ(f.codes("p.bh"), std::vector<int>{});
  EXPECT_EQ(f.model.rules.size(), 2u);
  EXPECT_TRUE(f.model.find_operation("A.life.restart").valid());
}

TEST(Imports, LifeIsOnlyMeantWhereItIsNamed) {
  Files f;
  f.files = {
      {"p.bh",
       "policy p 1\ninterface I { call get() }\ncomponent A { provides x: I }\ncomponent B { }\n"
       "allow all: B -> A\nallow start: A -> B.life.start"}};
  EXPECT_EQ(f.codes("p.bh"), std::vector<int>{});
  EXPECT_EQ(f.model.rules[RuleId(0)].targets.size(), 1u);
}

}  // namespace
}  // namespace bh
