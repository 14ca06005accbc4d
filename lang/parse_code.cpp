#include "lang/parse.h"

namespace bh {

bool Parser::code() {
  ast::CodeDecl d;
  bool named = component_name(d.name, "a component");
  while (named && accept(TokenKind::Comma))
    named = component_name(d.others.emplace_back(), "a component");
  const bool ok =
      named && block(
                   "'sources', 'entry', 'memory', 'uses', 'serves', 'permits', 'once', "
                   "'forbids', 'must', 'checks', 'assume', 'resolve', 'holds', 'shares', "
                   "'accept'",
                   [&] { return code_clause(d); });
  return finish(std::move(d), ok, ast_.code);
}

bool Parser::code_clause(ast::CodeDecl& to) {
  if (accept_word("sources")) {
    return list([&] { return string(to.sources.emplace_back(), "a glob, as a string"); });
  }
  if (accept_word("entry")) return list([&] { return entry(to); });
  if (accept_word("memory")) return name(to.memories.emplace_back(), "a name for the memory");
  if (accept_word("once")) {
    return list([&] { return word(to.once.emplace_back(), "the name of a constant"); });
  }
  if (accept_word("forbids")) {
    return braced(false, "a function", [&] { return function_name(to.forbids.emplace_back()); });
  }
  if (accept_word("uses")) return use(to);
  if (accept_word("serves")) return serve(to);
  if (accept_word("permits")) return permit(to);
  if (accept_word("must")) return must(to);
  if (accept_word("checks")) return check(to);
  if (accept_word("assume")) return assume(to);
  if (accept_word("resolve")) return resolve(to);
  if (accept_word("holds")) return hold(to);
  if (accept_word("shares")) return share(to);
  if (accept_word("accept")) return accepted(to);
  return fail(
      "'sources', 'entry', 'memory', 'uses', 'serves', 'permits', 'once', 'forbids', 'must', "
      "'checks', 'assume', 'resolve', 'holds', 'shares', 'accept' or '}'");
}

// entry serve after fork() = 0
bool Parser::entry(ast::CodeDecl& to) {
  ast::EntryDecl d;
  const Span begin = now_.span;
  bool ok = function_name(d.function);
  if (ok && accept_word("after")) {
    ok = function_name(d.after) && expect(TokenKind::LeftParen) && expect(TokenKind::RightParen) &&
         expect(TokenKind::Equal) && integer(d.value);
  }
  d.span = span_from(begin);
  if (ok) to.entries.push_back(std::move(d));
  return ok;
}

// uses Network.link.send <- net_tx(port: arg 0, arg 1 = NET_SEND)
bool Parser::use(ast::CodeDecl& to) {
  ast::UseDecl d;
  const Span begin = before_.span;
  bool ok =
      path(d.operation, "a method") && expect(TokenKind::LeftArrow) && function_name(d.function);
  if (ok && accept(TokenKind::LeftParen)) {
    if (!at(TokenKind::RightParen)) ok = list([&] { return use_argument(d); });
    ok = ok && expect(TokenKind::RightParen);
  }
  d.span = span_from(begin);
  if (ok) to.uses.push_back(std::move(d));
  return ok;
}

bool Parser::use_argument(ast::UseDecl& to) {
  ast::UseDecl::Argument a;
  bool ok = false;
  if (at_word("arg") && next_is(TokenKind::Number)) {
    ok = argument_match(a);
  } else if (at(TokenKind::Name) && (next_is(TokenKind::Dot) || next_is(TokenKind::ColonColon))) {
    ok = site(a.field, SiteKind::Field) && expect(TokenKind::Equal) && constant(a.constant);
  } else {
    ok = name(a.parameter, "a parameter, 'arg N' or 'Record.field'") && expect(TokenKind::Colon) &&
         expect_word("arg") && number(a.argument, "a number");
  }
  if (ok) to.arguments.push_back(std::move(a));
  return ok;
}

// arg 1 = NET_SEND, arg 0 = log_channel
bool Parser::argument_match(ast::UseDecl::Argument& to) {
  if (!expect_word("arg") || !number(to.argument, "a number") || !expect(TokenKind::Equal)) {
    return false;
  }
  if (!at(TokenKind::Name)) return constant(to.constant);
  ast::Text named;
  const bool ok = site(named, SiteKind::Variable);
  to.constant = named.value;
  return ok;
}

// An integer, or the name of an enumerator or macro.
bool Parser::constant(std::string& to) {
  const Span begin = now_.span;
  const bool negative = accept(TokenKind::Minus);
  if (!at(TokenKind::Number) && (negative || !at(TokenKind::Name))) {
    return fail("an integer or the name of a constant");
  }
  const Token number = now_;
  take();
  to = compact(begin);
  if (number.kind == TokenKind::Number)
    to = (negative ? "-" : "") + std::to_string(number.number);  // 0x10 is 16
  return true;
}

// serves Broker.req.bind <- dispatch(case OP_BIND)
bool Parser::serve(ast::CodeDecl& to) {
  ast::ServeDecl d;
  const Span begin = before_.span;
  bool ok =
      path(d.operation, "a method") && expect(TokenKind::LeftArrow) && function_name(d.function);
  if (ok && accept(TokenKind::LeftParen)) {
    ok = expect_word("case") && constant(d.constant) && expect(TokenKind::RightParen);
  }
  d.span = span_from(begin);
  if (ok) to.serves.push_back(std::move(d));
  return ok;
}

// permits Monitor.req.sign <- monitor_permit(arg 1 = MONITOR_REQ_SIGN, arg 2 = 1)
bool Parser::permit(ast::CodeDecl& to) {
  ast::PermitDecl d;
  const Span begin = before_.span;
  bool ok = list([&] { return path(d.operations.paths.emplace_back(), "a method"); });
  d.operations.span = span_from(begin);
  ok = ok && expect(TokenKind::LeftArrow) && function_name(d.function);
  if (ok && accept(TokenKind::LeftParen)) {
    if (!at(TokenKind::RightParen))
      ok = list([&] { return argument_match(d.arguments.emplace_back()); });
    ok = ok && expect(TokenKind::RightParen);
  }
  d.span = span_from(begin);
  if (ok) to.permits.push_back(std::move(d));
  return ok;
}

// must drop_groups then drop_user before serve
bool Parser::must(ast::CodeDecl& to) {
  ast::MustDecl d;
  const Span begin = before_.span;
  const bool nothing =
      at_word("before") && (next_is(TokenKind::Name) || next_is(TokenKind::String));
  if (nothing && next_.text != "before" && next_.text != "then") {
    return fail("a function that must have been called");
  }
  bool ok = false;
  do {
    ok = function_name(d.steps.emplace_back());
  } while (ok && accept_word("then"));
  ok = ok && (accept_word("before") || fail("'then' or 'before'")) && function_name(d.before);
  d.span = span_from(begin);
  if (ok) to.musts.push_back(std::move(d));
  return ok;
}

// checks receive(arg 1) with is_valid
bool Parser::check(ast::CodeDecl& to) {
  ast::CheckDecl d;
  const Span begin = before_.span;
  bool ok = function_name(d.function) && expect(TokenKind::LeftParen);
  if (ok && !accept_word("result")) {
    ok = (accept_word("arg") || fail("'result' or 'arg N'")) &&
         number(d.argument.emplace(), "a number");
  }
  ok = ok && expect(TokenKind::RightParen) && expect_word("with") && function_name(d.with);
  d.span = span_from(begin);
  if (ok) to.checks.push_back(std::move(d));
  return ok;
}

// `name`, `Record.field`, and `name()` or `name[]`
bool Parser::site(ast::Text& to, SiteKind kind) {
  const Span begin = now_.span;
  if (!at(TokenKind::Name)) return fail("a variable, a field or a function");
  if (!function_name(to)) return false;
  if (kind == SiteKind::Field ? expect(TokenKind::Dot) : accept(TokenKind::Dot)) {
    ast::Name field;
    if (!word(field, "a field")) return false;
    to.value.append(".").append(field.text);
  } else if (kind == SiteKind::Field) {
    return false;
  } else if (accept(kind == SiteKind::Call ? TokenKind::LeftParen : TokenKind::LeftBracket)) {
    const bool call = kind == SiteKind::Call;
    if (!expect(call ? TokenKind::RightParen : TokenKind::RightBracket)) return false;
    to.value += call ? "()" : "[]";
  }
  to.span = span_from(begin);
  return true;
}

bool Parser::integer(int64_t& to) {
  const bool negative = accept(TokenKind::Minus);
  ast::Number value_of;
  if (!number(value_of, "an integer")) return false;
  if (value_of.value > static_cast<uint64_t>(INT64_MAX)) {
    reporter_->report(value_of.span, diag::NumberTooLarge,
                      text_.substr(value_of.span.begin, value_of.span.end - value_of.span.begin));
    value_of.value = 0;
  }
  to = static_cast<int64_t>(value_of.value) * (negative ? -1 : 1);
  return true;
}

// "options[VERBOSE]": a flag of it.
bool Parser::flag(ast::Text& of) {
  ast::Name name;
  if (!word(name, "a flag") || !expect(TokenKind::RightBracket)) return false;
  of.value.append("[").append(name.text).append("]");
  of.span = span_from(of.span);
  return true;
}

bool Parser::assume(ast::CodeDecl& to) {
  ast::AssumeDecl d;
  const Span begin = before_.span;
  const bool subject =
      site(d.subject, SiteKind::Call) && (!accept(TokenKind::LeftBracket) || flag(d.subject));
  const bool ok = subject && expect(TokenKind::Equal) && integer(d.value) && because(d.because);
  d.span = span_from(begin);
  if (ok) to.assumes.push_back(std::move(d));
  return ok;
}

bool Parser::resolve(ast::CodeDecl& to) {
  ast::ResolveDecl d;
  const Span begin = before_.span;
  const auto item = [&] { return function_name(d.functions.emplace_back()); };
  const bool ok = site(d.site, SiteKind::Variable) && expect(TokenKind::Arrow) &&
                  braced(true, "a function", item) && because(d.because);
  d.span = span_from(begin);
  if (ok) to.resolves.push_back(std::move(d));
  return ok;
}

// holds key_table: secret
bool Parser::hold(ast::CodeDecl& to) {
  ast::HoldDecl d;
  const Span begin = before_.span;
  const bool ok =
      site(d.variable, SiteKind::Variable) && expect(TokenKind::Colon) && name(d.level, "a level");
  d.span = span_from(begin);
  if (ok) to.holds.push_back(std::move(d));
  return ok;
}

// shares clock, Ring.head because "one writer, whole words"
bool Parser::share(ast::CodeDecl& to) {
  ast::ReasonedDecl d;
  const bool ok = list([&] { return site(d.subjects.emplace_back(), SiteKind::Variable); }) &&
                  because(d.because);
  if (ok) to.shares.push_back(std::move(d));
  return ok;
}

// accept load_plugin, "vendor/*.c" because "reviewed by hand"
bool Parser::accepted(ast::CodeDecl& to) {
  ast::ReasonedDecl d;
  const bool ok =
      list([&] { return function_name(d.subjects.emplace_back()); }) && because(d.because);
  if (ok) to.accepts.push_back(std::move(d));
  return ok;
}

}  // namespace bh
