#include "driver/pipeline/selinux_goals.h"

#include <fmt/format.h>

#include <algorithm>

#include "driver/pipeline/files.h"
#include "lang/lexer.h"
#include "targets/selinux/vocabulary.h"

namespace bh {
namespace {

constexpr const char* VocabularyPath = "names of the SELinux policy";

void add_mentions(const SourceFile& file, FileId id, std::vector<selinux::Mention>& mentions) {
  DiagnosticSink unheard;  // the text is read again, and then its mistakes count
  Reporter reporter(unheard);
  Lexer lexer(file.text(), id, reporter);
  TokenKind before = TokenKind::End;
  bool via = false;  // in the list after `via`
  for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
    if (token.kind == TokenKind::Dot && before == TokenKind::Name && !mentions.empty())
      mentions.back().before_dot = true;
    if (token.kind == TokenKind::Name) {
      const bool starts_list = token.text == "via";
      mentions.push_back({token.text, before == TokenKind::Dot, false,
                          via && (before == TokenKind::Comma || mentions.back().word == "via")});
      via = starts_list || (via && mentions.back().after_via);
    } else if (token.kind != TokenKind::Comma) {
      via = false;
    }
    before = token.kind;
  }
}

Result<void> only_properties(const Ast& ast) {
  const auto refuse = [](bool there, std::string_view what) -> Result<void> {
    if (!there) return {};
    return fail(fmt::format("beside an SELinux policy stand groups and properties, not {}", what),
                "the SELinux policy says who there is and what is allowed");
  };
  for (const Result<void>& refused :
       {refuse(!ast.rules.empty(), "rules"), refuse(!ast.protocols.empty(), "protocols"),
        refuse(!ast.variants.empty(), "variants"), refuse(!ast.tests.empty(), "tests"),
        refuse(!ast.code.empty(), "code"), refuse(!ast.audits.empty(), "audit statements")}) {
    if (!refused.has_value()) return refused;
  }
  return {};
}

}  // namespace

Result<LoadedPolicy> load_goals(const selinux::Policy& policy,
                                const std::vector<std::string>& paths) {
  BH_TRY(PolicySource source, files_on_disk(paths));
  SourceMap texts;
  std::vector<selinux::Mention> mentions;
  for (const std::string& path : source.paths) {
    BH_TRY(std::string text, source.read(path));
    texts.add(path, std::move(text));
  }
  for (uint32_t i = 0; i < texts.size(); ++i) add_mentions(texts[FileId(i)], FileId(i), mentions);
  BH_TRY(const std::string declared, selinux::vocabulary(policy, mentions));
  const auto read = source.read;
  source.read = [&declared, read](const std::string& path) -> Result<std::string> {
    if (path == VocabularyPath) return declared;
    return read(path);
  };
  source.paths.emplace_back(VocabularyPath);
  BH_TRY(LoadedPolicy goals, load_policy(source));
  if (const Result<void> fits = only_properties(goals.ast); !fits.has_value())
    return tl::unexpected(fits.error());
  return goals;
}

}  // namespace bh
