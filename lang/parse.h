// The parser's inside: recursive descent over a token stream with two tokens of lookahead. A parse
// function returns false when it reported a mistake and left the rest of its construct unread;
// conjunctions of them read like the grammar. Statements and blocks are where reading resumes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast.h"
#include "lang/lexer.h"
#include "lang/reporter.h"

namespace bh {

class Parser {
 public:
  Parser(const SourceFile& file, FileId id, Reporter& reporter);
  Ast run();
  Ast run_request();

 private:
  using Rule = bool (Parser::*)();

  // ---- tokens (parser.cpp)
  bool at(TokenKind kind) const { return now_.kind == kind; }
  bool at_word(std::string_view word) const { return at(TokenKind::Name) && now_.text == word; }
  bool next_is(TokenKind kind) const { return next_.kind == kind; }
  Token take();
  bool accept(TokenKind kind);
  bool accept_word(std::string_view word);
  bool expect(TokenKind kind);
  bool expect_word(std::string_view word);
  // Reports "expected .., found .." once a statement; false.
  bool fail(std::string_view expected);
  // Something was reported since reading last resumed; what follows from it is not worth a word.
  bool complained() const { return quiet_ || reporter_->errors() != errors_before_; }
  // What stands here was said before, and may be said once. Reading goes on.
  void said_before(std::string_view what, Span first);
  std::string found() const;
  Span span_from(Span begin) const;

  // ---- statements and recovery (parser.cpp)
  static Rule statement_rule(std::string_view word);
  void statement();
  void unknown_statement();
  void skip_statement();
  void skip_item(int depth);
  void note_skipped(const Token& token);
  void resume();  // after a mistake: the next one is worth reporting again
  bool at_statement() const;
  // A word that begins a statement, in the first column, always does: something before it was
  // forgotten.
  bool at_forgotten_end() const { return at_statement() && now_.in_first_column; }
  template <class Decl>
  bool finish(Decl decl, bool ok, std::vector<Decl>& to) {
    if (decl.name.missing()) return ok;
    decl.broken = !ok || broken_;
    decl.span = span_from(begin_);
    to.push_back(std::move(decl));
    return ok;
  }
  // `{ item item .. }`; a mistake in an item costs that item alone. `items` names what may stand
  // there.
  bool block(std::string_view items, const std::function<bool()>& item);
  // item { ',' item }
  bool list(const std::function<bool()>& item);
  // '{' [ item { ',' item } [','] ] '}'
  bool braced(bool may_be_empty, std::string_view what, const std::function<bool()>& item);

  // ---- parts (parse_parts.cpp)
  bool name(ast::Name& to, std::string_view what);  // not a reserved word
  bool word(ast::Name& to, std::string_view what);  // any
  bool number(ast::Number& to, std::string_view what);
  bool size(ast::Number& to, std::string_view what);  // 64 KiB
  bool string(ast::Text& to, std::string_view what);
  bool duration(ast::Number& to);
  std::string_view compact(Span begin);
  bool dotted(ast::Name& to, std::string_view what);
  bool component_name(ast::Name& to, std::string_view what);
  bool because(ast::Text& to);  // nothing to read is right too
  bool value(ast::Value& to);
  bool value_range(ast::ValueRange& to);
  bool path(ast::Path& to, std::string_view what);
  bool path_set(ast::PathSet& to, std::string_view what, bool may_be_empty = false);
  bool function_name(ast::Text& to);
  bool expr(ast::Expr& to, uint32_t depth = 0);
  bool conjunction(ast::Expr& to, uint32_t depth);
  bool negation(ast::Expr& to, uint32_t depth);
  bool atom(ast::Expr& to, uint32_t depth);
  bool comparison(ast::Expr& to);
  bool join_operands(ast::Expr& to, ast::ExprKind kind, std::string_view word, uint32_t depth,
                     bool (Parser::*operand)(ast::Expr&, uint32_t));

  // ---- vocabulary and components (parse_vocabulary.cpp)
  bool policy();
  bool module();
  bool import();
  bool variant();
  bool type();
  bool enumeration();
  bool lattice();
  bool interface();
  bool component();
  bool object();
  bool group();
  bool group_term(ast::GroupDecl& to);
  bool type_expr(ast::TypeExpr& to);
  bool method(ast::InterfaceDecl& to);
  bool parameters(std::vector<ast::ParameterDecl>& to);
  bool parameter(ast::ParameterDecl& to);
  bool labels(std::vector<ast::Name>& to);
  bool endpoint(ast::ComponentDecl& to);

  // ---- rules, protocols, properties (parse_rules.cpp)
  bool release();
  bool rule();
  bool when(std::optional<ast::Expr>& condition, bool& negated);
  bool protocol();
  bool transition(ast::ProtocolDecl& to);
  bool timeout(ast::ProtocolDecl& to, ast::Name from);
  bool mover(ast::TransitionDecl& to);
  bool never();
  bool never_flow(ast::Name name);
  bool never_state(ast::Name name);
  bool tcb();
  bool require();
  bool holds();
  bool separate();
  bool finish_property(ast::PropertyDecl property, bool ok);

  // ---- code (parse_code.cpp)
  bool code();
  bool code_clause(ast::CodeDecl& to);
  bool entry(ast::CodeDecl& to);
  bool use(ast::CodeDecl& to);
  bool use_argument(ast::UseDecl& to);
  bool argument_match(ast::UseDecl::Argument& to);
  bool constant(std::string& to);
  bool integer(int64_t& to);
  bool serve(ast::CodeDecl& to);
  bool permit(ast::CodeDecl& to);
  bool must(ast::CodeDecl& to);
  bool check(ast::CodeDecl& to);
  bool flag(ast::Text& of);
  bool assume(ast::CodeDecl& to);
  bool resolve(ast::CodeDecl& to);
  bool hold(ast::CodeDecl& to);
  bool share(ast::CodeDecl& to);
  bool accepted(ast::CodeDecl& to);
  enum class SiteKind : uint8_t {
    Variable,  // or table or field
    Field,     // and nothing else
    Call,      // or variable or field
  };
  bool site(ast::Text& to, SiteKind kind);

  // ---- tests, audit, targets (parse_evidence.cpp)
  bool test();
  bool step(ast::TestDecl& to);
  bool request(ast::StepDecl& to);
  bool arguments(ast::StepDecl& to);
  bool audit();
  bool target();
  bool selinux_item(ast::SelinuxDecl& to);
  bool selinux_mapping(ast::SelinuxDecl::Mapping& to);

  FileId file_;
  std::string_view text_;
  Reporter* reporter_;
  Lexer lexer_;
  Token now_;
  Token next_;
  Token before_;   // the last one taken
  int depth_ = 0;  // of open braces
  Token keyword_;  // of the statement being read
  Span begin_;
  bool broken_ = false;         // something in this statement was reported
  bool quiet_ = false;          // something was reported since reading last resumed
  size_t errors_before_ = 0;    // when reading last resumed
  bool statement_end_ = false;  // a block ran into the next statement
  Ast ast_;
};

}  // namespace bh
