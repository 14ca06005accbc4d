#include "lang/parser.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/nearest.h"
#include "lang/parse.h"

namespace bh {

namespace {

// Names skipped before every name counts as skipped.
constexpr size_t MaxSkippedNames = 10'000;

std::string quoted(std::string_view text) {
  constexpr size_t Longest = 40;
  if (text.size() <= Longest) return fmt::format("'{}'", text);
  size_t cut = Longest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return fmt::format("'{}…'", text.substr(0, cut));
}

template <class T>
void append_all(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void append(Ast& to, Ast more) {
  append_all(to.policies, more.policies);
  append_all(to.modules, more.modules);
  append_all(to.imports, more.imports);
  append_all(to.types, more.types);
  append_all(to.enums, more.enums);
  append_all(to.variants, more.variants);
  append_all(to.lattices, more.lattices);
  append_all(to.interfaces, more.interfaces);
  append_all(to.components, more.components);
  append_all(to.groups, more.groups);
  append_all(to.releases, more.releases);
  append_all(to.rules, more.rules);
  append_all(to.protocols, more.protocols);
  append_all(to.properties, more.properties);
  append_all(to.tests, more.tests);
  append_all(to.code, more.code);
  append_all(to.audits, more.audits);
  append_all(to.monitors, more.monitors);
  append_all(to.selinux, more.selinux);
  to.composed.splice_after(to.composed.before_begin(), more.composed);
  to.mentions_life = to.mentions_life || more.mentions_life;
  to.readable = to.readable && more.readable;
  if (!to.begin.valid()) to.begin = more.begin;
  to.skipped.merge(more.skipped);
  to.skipped_too_much = to.skipped_too_much || more.skipped_too_much;
}

static bool is_readable(const SourceFile& file, FileId id, Reporter& reporter) {
  if (file.text().size() > MaxFileSize) {
    reporter.report({id, 0, 0}, diag::FileTooLarge, file.text().size(), MaxFileSize >> 20);
    return false;
  }
  const size_t invalid = find_invalid_utf8(file.text());
  if (invalid < file.text().size()) {
    const auto at = static_cast<uint32_t>(invalid);
    reporter.report({id, at, at + 1}, diag::NotUtf8, at).help("save the file as UTF-8");
    return false;
  }
  return true;
}

static Ast unreadable() {
  Ast ast;
  ast.readable = false;
  return ast;
}

Ast parse(const SourceFile& file, FileId id, DiagnosticSink& sink) {
  Reporter reporter(sink);
  if (!is_readable(file, id, reporter)) return unreadable();
  return Parser(file, id, reporter).run();
}

Ast parse_request(const SourceFile& file, FileId id, DiagnosticSink& sink) {
  Reporter reporter(sink);
  if (!is_readable(file, id, reporter)) return unreadable();
  return Parser(file, id, reporter).run_request();
}

Parser::Parser(const SourceFile& file, FileId id, Reporter& reporter)
    : file_(id), text_(file.text()), reporter_(&reporter), lexer_(file.text(), id, reporter) {}

Ast Parser::run() {
  ast_.begin = {file_, 0, 0};
  now_ = lexer_.next();
  next_ = lexer_.next();
  while (!at(TokenKind::End) && !reporter_->exhausted()) statement();
  return std::move(ast_);
}

// ---- tokens ---------------------------------------------------------------------------------

Token Parser::take() {
  if (at(TokenKind::LeftBrace)) ++depth_;
  if (at(TokenKind::RightBrace)) --depth_;
  before_ = now_;
  now_ = next_;
  next_ = lexer_.next();
  return before_;
}

bool Parser::accept(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

bool Parser::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  take();
  return true;
}

bool Parser::expect(TokenKind kind) { return accept(kind) || fail(describe(kind)); }

bool Parser::expect_word(std::string_view word) {
  return accept_word(word) || fail(fmt::format("'{}'", word));
}

std::string Parser::found() const {
  switch (now_.kind) {
    case TokenKind::Name:
    case TokenKind::Number:
    case TokenKind::Duration:
      return quoted(now_.text);
    case TokenKind::String:
      return "the string " + quoted(now_.text);
    case TokenKind::End:
    case TokenKind::LeftBrace:
    case TokenKind::RightBrace:
    case TokenKind::LeftParen:
    case TokenKind::RightParen:
    case TokenKind::LeftBracket:
    case TokenKind::RightBracket:
    case TokenKind::Comma:
    case TokenKind::Colon:
    case TokenKind::ColonColon:
    case TokenKind::Dot:
    case TokenKind::DotDot:
    case TokenKind::Star:
    case TokenKind::Plus:
    case TokenKind::Minus:
    case TokenKind::Equal:
    case TokenKind::NotEqual:
    case TokenKind::Less:
    case TokenKind::LessEqual:
    case TokenKind::Greater:
    case TokenKind::GreaterEqual:
    case TokenKind::Arrow:
    case TokenKind::FatArrow:
    case TokenKind::LeftArrow:
    case TokenKind::FlowArrow:
      return std::string(describe(now_.kind));
  }
  BH_CHECK(false);
}

bool Parser::fail(std::string_view expected) {
  const bool reported = complained();
  broken_ = true;
  quiet_ = true;
  if (reported) return false;
  const uint32_t end = before_.span.end;
  if (now_.first_on_line && before_.span.valid() && before_.span.begin >= begin_.begin) {
    reporter_->report({file_, end, end}, diag::Expected, expected, "the end of the line");
  } else {
    reporter_->report(now_.span, diag::Expected, expected, found());
  }
  return false;
}

void Parser::said_before(std::string_view what, Span first) {
  reporter_->report(now_.span, diag::DuplicateName, what).label(first, "the first one");
  resume();
}

Span Parser::span_from(Span begin) const {
  return {file_, begin.begin, std::max(begin.end, before_.span.end)};
}

// ---- statements and recovery ----------------------------------------------------------------

namespace {
constexpr std::array<std::string_view, 25> StatementWords = {
    "policy",    "module",    "import", "type",    "enum",    "variant",  "lattice",
    "interface", "component", "object", "group",   "release", "endorse",  "allow",
    "deny",      "protocol",  "never",  "require", "holds",   "separate", "tcb",
    "test",      "code",      "audit",  "target"};
}  // namespace

bool begins_statement(std::string_view word) {
  return std::find(StatementWords.begin(), StatementWords.end(), word) != StatementWords.end();
}

Parser::Rule Parser::statement_rule(std::string_view word) {
  static constexpr std::array<Rule, StatementWords.size()> Rules = {
      &Parser::policy,      &Parser::module,  &Parser::import,  &Parser::type,
      &Parser::enumeration, &Parser::variant, &Parser::lattice, &Parser::interface,
      &Parser::component,   &Parser::object,  &Parser::group,   &Parser::release,
      &Parser::release,     &Parser::rule,    &Parser::rule,    &Parser::protocol,
      &Parser::never,       &Parser::require, &Parser::holds,   &Parser::separate,
      &Parser::tcb,         &Parser::test,    &Parser::code,    &Parser::audit,
      &Parser::target};
  const auto found = std::find(StatementWords.begin(), StatementWords.end(), word);
  if (found == StatementWords.end()) return nullptr;
  return Rules[static_cast<size_t>(found - StatementWords.begin())];
}

bool Parser::at_statement() const {
  return at(TokenKind::Name) && now_.first_on_line && statement_rule(now_.text) != nullptr;
}

void Parser::statement() {
  broken_ = false;
  statement_end_ = false;
  resume();
  depth_ = 0;
  begin_ = now_.span;
  keyword_ = now_;
  const Rule parse_it = at(TokenKind::Name) ? statement_rule(now_.text) : nullptr;
  if (parse_it == nullptr) {
    unknown_statement();
    skip_statement();
    return;
  }
  take();
  if (!(this->*parse_it)() && !statement_end_) skip_statement();
}

void Parser::resume() {
  quiet_ = false;
  errors_before_ = reporter_->errors();
}

void Parser::unknown_statement() {
  if (!at(TokenKind::Name)) {
    fail("a statement");
    take();
    return;
  }
  auto report = reporter_->report(now_.span, diag::UnknownStatement, quoted(now_.text));
  const std::vector<std::string_view> words(StatementWords.begin(), StatementWords.end());
  if (const auto near = nearest(now_.text, words); !near.empty()) {
    report.fix({fmt::format("write '{}'", near), now_.span, std::string(near)});
  } else {
    report.help(fmt::format("a statement begins with one of: {}", fmt::join(words, ", ")));
  }
  broken_ = true;
  take();
}

void Parser::note_skipped(const Token& token) {
  if (token.kind != TokenKind::Name) return;
  if (ast_.skipped.size() >= MaxSkippedNames) {
    ast_.skipped_too_much = true;
  } else {
    ast_.skipped.insert(token.text);
  }
}

// To the next statement that begins a line outside of braces, or in the first column (a brace was
// forgotten).
void Parser::skip_statement() {
  while (!at(TokenKind::End)) {
    if (at_statement() && (depth_ <= 0 || now_.in_first_column)) return;
    note_skipped(now_);
    take();
  }
}

// Within a block whose items stand at `depth`: to the next line there, to its end, or out of it.
void Parser::skip_item(int depth) {
  while (!at(TokenKind::End)) {
    if (depth_ == depth && (at(TokenKind::RightBrace) || now_.first_on_line)) return;
    if (at_forgotten_end()) return;
    note_skipped(now_);
    take();
  }
}

bool Parser::block(std::string_view items, const std::function<bool()>& item) {
  if (!expect(TokenKind::LeftBrace)) return false;
  const Span open = before_.span;
  const int depth = depth_;
  while (!accept(TokenKind::RightBrace)) {
    const bool step = keyword_.text == "test" && (at_word("allow") || at_word("deny"));
    if (at(TokenKind::End) || (at_forgotten_end() && (broken_ || !step))) {
      if (!broken_) {
        reporter_->report(open, diag::Unclosed, "{").help(fmt::format("in it: {}", items));
      }
      broken_ = true;
      statement_end_ = true;
      return false;
    }
    const Span begin = now_.span;
    const bool ok = item();
    if (reporter_->errors() != errors_before_) broken_ = true;
    resume();
    if (ok) continue;
    if (reporter_->exhausted()) return false;
    broken_ = true;
    if (now_.span == begin && !at(TokenKind::RightBrace) && !at_forgotten_end()) {
      note_skipped(now_);
      take();
    }
    skip_item(depth);
  }
  return true;
}

bool Parser::list(const std::function<bool()>& item) {
  do {
    if (!item()) return false;
  } while (accept(TokenKind::Comma));
  return true;
}

bool Parser::braced(bool may_be_empty, std::string_view what, const std::function<bool()>& item) {
  if (!expect(TokenKind::LeftBrace)) return false;
  if (at(TokenKind::RightBrace) && !may_be_empty) return fail(what);
  while (!at(TokenKind::RightBrace)) {
    if (!item()) return false;
    if (!accept(TokenKind::Comma)) break;
  }
  return accept(TokenKind::RightBrace) || fail("',' or '}'");
}

}  // namespace bh
