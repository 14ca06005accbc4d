#include "lang/parse.h"

namespace bh {

bool Parser::test() {
  ast::TestDecl d;
  if (!at(TokenKind::String)) return fail("the test's name, as a string");
  const Token title = take();
  d.name = {title.text, title.span};
  if (d.name.text.size() >= 2) d.name.text = d.name.text.substr(1, d.name.text.size() - 2);
  bool ok = !accept_word("with") || list([&] {
    auto& [variant, value_of] = d.with.emplace_back();
    return name(variant, "a variant") && expect(TokenKind::Equal) && value(value_of);
  });
  ok = ok && block("'allow Caller -> method(..)', 'deny Caller -> method(..)', 'wait 5s'",
                   [&] { return step(d); });
  return finish(std::move(d), ok, ast_.tests);
}

// allow Parser -> KeyStore.keys.sign(slot: 1) replies ok by signing
bool Parser::step(ast::TestDecl& to) {
  ast::StepDecl s;
  while (accept_word("wait")) {
    if (!duration(s.waits.emplace_back())) return false;
  }
  const Span begin = now_.span;
  if (accept_word("deny")) {
    s.expect_granted = false;
  } else if (!accept_word("allow")) {
    return fail(s.waits.empty() ? "'allow', 'deny', 'wait 5s' or '}'"
                                : "'allow' or 'deny' after the wait");
  }
  bool ok = request(s) && expect(TokenKind::LeftParen) && arguments(s);
  if (ok && accept_word("replies")) {
    s.reply_span = now_.span;
    s.reply = at_word("error") ? ReplyStatus::Error : ReplyStatus::Ok;
    ok = accept_word("ok") || accept_word("error") || fail("'ok' or 'error'");
  }
  if (ok && accept_word("by")) {
    constexpr std::string_view What = "a rule, a protocol or 'default'";
    ok = at_word("default") ? word(s.by, What) : name(s.by, What);
  }
  s.span = span_from(begin);
  if (ok) to.steps.push_back(std::move(s));
  return ok;
}

// Parser -> KeyStore.keys.sign
bool Parser::request(ast::StepDecl& to) {
  return component_name(to.caller, "a component") && expect(TokenKind::Arrow) &&
         path(to.operation, "a method");
}

// slot: 1)
bool Parser::arguments(ast::StepDecl& to) {
  const auto argument = [&] {
    auto& [parameter, value_of] = to.arguments.emplace_back();
    return name(parameter, "a parameter") && expect(TokenKind::Colon) && value(value_of);
  };
  if (!at(TokenKind::RightParen) && !list(argument)) return false;
  return expect(TokenKind::RightParen);
}

Ast Parser::run_request() {
  ast_.begin = {file_, 0, 0};
  now_ = lexer_.next();
  next_ = lexer_.next();
  ast::StepDecl s;
  s.span = begin_ = now_.span;
  bool ok = request(s);
  if (ok && accept(TokenKind::LeftParen)) ok = arguments(s);
  if (ok && !at(TokenKind::End)) ok = fail("the end of the request");
  s.span = span_from(s.span);
  if (ok) {
    ast::TestDecl d;
    d.name = {"request", s.span};
    d.span = s.span;
    d.steps.push_back(std::move(s));
    ast_.tests.push_back(std::move(d));
  }
  return std::move(ast_);
}

bool Parser::code() {
  ast::CodeDecl d;
  bool named = component_name(d.name, "a component");
  while (named && accept(TokenKind::Comma))
    named = component_name(d.others.emplace_back(), "a component");
  const bool ok =
      named &&
      block("'sources', 'entry', 'uses', 'serves', 'forbids', 'assume', 'resolve', 'holds'",
            [&] { return code_clause(d); });
  return finish(std::move(d), ok, ast_.code);
}

bool Parser::code_clause(ast::CodeDecl& to) {
  if (accept_word("sources")) {
    return list([&] { return string(to.sources.emplace_back(), "a glob, as a string"); });
  }
  if (accept_word("entry")) {
    return list([&] { return function_name(to.entries.emplace_back()); });
  }
  if (accept_word("forbids")) {
    return braced(false, "a function", [&] { return function_name(to.forbids.emplace_back()); });
  }
  if (accept_word("uses")) return use(to);
  if (accept_word("serves")) return serve(to);
  if (accept_word("assume")) return assume(to);
  if (accept_word("resolve")) return resolve(to);
  if (accept_word("holds")) return hold(to);
  return fail(
      "'sources', 'entry', 'uses', 'serves', 'forbids', 'assume', 'resolve', 'holds' or '}'");
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
  ast::UseDecl::Argument& a = to.arguments.emplace_back();
  if (at_word("arg") && next_is(TokenKind::Number)) {
    take();
    if (!number(a.argument, "a number") || !expect(TokenKind::Equal)) return false;
    const Span begin = now_.span;
    const bool negative = accept(TokenKind::Minus);
    if (!at(TokenKind::Number) && (negative || !at(TokenKind::Name))) {
      return fail("an integer or the name of a constant");
    }
    take();
    a.constant = compact(begin);
    return true;
  }
  return name(a.parameter, "a parameter or 'arg N'") && expect(TokenKind::Colon) &&
         expect_word("arg") && number(a.argument, "a number");
}

bool Parser::serve(ast::CodeDecl& to) {
  ast::ServeDecl d;
  const Span begin = before_.span;
  const bool ok =
      path(d.operation, "a method") && expect(TokenKind::LeftArrow) && function_name(d.function);
  d.span = span_from(begin);
  if (ok) to.serves.push_back(std::move(d));
  return ok;
}

// `name`, `Record.field`, and `name()` or `name[]`
bool Parser::site(ast::Text& to, bool call) {
  const Span begin = now_.span;
  if (!at(TokenKind::Name)) return fail("a variable, a field or a function");
  if (!function_name(to)) return false;
  if (accept(TokenKind::Dot)) {
    ast::Name field;
    if (!word(field, "a field")) return false;
    to.value.append(".").append(field.text);
  } else if (accept(call ? TokenKind::LeftParen : TokenKind::LeftBracket)) {
    if (!expect(call ? TokenKind::RightParen : TokenKind::RightBracket)) return false;
    to.value += call ? "()" : "[]";
  }
  to.span = span_from(begin);
  return true;
}

bool Parser::assume(ast::CodeDecl& to) {
  ast::AssumeDecl d;
  const Span begin = before_.span;
  bool ok = site(d.subject, true) && expect(TokenKind::Equal);
  const bool negative = ok && accept(TokenKind::Minus);
  ast::Number value_of;
  ok = ok && number(value_of, "an integer") && because(d.because);
  if (ok && value_of.value > static_cast<uint64_t>(INT64_MAX)) {
    reporter_->report(value_of.span, diag::NumberTooLarge,
                      text_.substr(value_of.span.begin, value_of.span.end - value_of.span.begin));
    value_of.value = 0;
  }
  d.value = static_cast<int64_t>(value_of.value) * (negative ? -1 : 1);
  d.span = span_from(begin);
  if (ok) to.assumes.push_back(std::move(d));
  return ok;
}

bool Parser::resolve(ast::CodeDecl& to) {
  ast::ResolveDecl d;
  const Span begin = before_.span;
  const auto item = [&] { return function_name(d.functions.emplace_back()); };
  const bool ok = site(d.site, false) && expect(TokenKind::Arrow) &&
                  braced(false, "a function", item) && because(d.because);
  d.span = span_from(begin);
  if (ok) to.resolves.push_back(std::move(d));
  return ok;
}

// holds key_table: secret
bool Parser::hold(ast::CodeDecl& to) {
  ast::HoldDecl d;
  const Span begin = before_.span;
  const bool ok = site(d.variable, false) && expect(TokenKind::Colon) && name(d.level, "a level");
  d.span = span_from(begin);
  if (ok) to.holds.push_back(std::move(d));
  return ok;
}

// audit signing { 1 in 100, slot exact, digest omit }
bool Parser::audit() {
  ast::AuditDecl d;
  const auto item = [&] {
    if (at(TokenKind::Number)) {
      if (now_.number != 1) return fail("'1 in N'");
      if (d.one_in) said_before("1 in N", d.one_in->span);
      take();
      return expect_word("in") && number(d.one_in.emplace(), "a number");
    }
    ast::AuditDecl::Field& field = d.fields.emplace_back();
    if (!name(field.subject, "'who', 'what', 'why', 'arguments', a parameter or '1 in N'") ||
        !name(field.keep, "'exact', 'hashed', 'bucket' or 'omit'")) {
      return false;
    }
    if (field.keep.text == "bucket" && at(TokenKind::Number)) {
      return number(field.bucket.emplace(), "a number");
    }
    return true;
  };
  const bool ok = name(d.name, "'denied', 'granted' or a rule") &&
                  braced(true, "what the record keeps", item) && because(d.because);
  return finish(std::move(d), ok, ast_.audits);
}

bool Parser::target() {
  if (at_word("monitor")) {
    ast::MonitorDecl d;
    name(d.name, "a target");
    const auto item = [&] {
      if (d.budget && at_word("budget")) said_before("budget", d.budget->span);
      return (accept_word("budget") || fail("'budget' or '}'")) &&
             size(d.budget.emplace(), "a size");
    };
    const bool ok = block("'budget 64 KiB'", item);
    return finish(std::move(d), ok, ast_.monitors);
  }
  if (at_word("selinux")) {
    ast::SelinuxDecl d;
    name(d.name, "a target");
    const bool ok =
        block("'Component = type_t', 'Interface = class name', 'approximate rule because ..'",
              [&] { return selinux_item(d); });
    return finish(std::move(d), ok, ast_.selinux);
  }
  return fail("'monitor' or 'selinux'");
}

bool Parser::selinux_item(ast::SelinuxDecl& to) {
  if (at_word("approximate") && next_is(TokenKind::Name)) {
    take();
    ast::SelinuxDecl::Approximation a;
    const bool ok = name(a.statement, "a rule or a protocol") && because(a.because);
    if (ok) to.approximations.push_back(std::move(a));
    return ok;
  }
  ast::SelinuxDecl::Mapping m;
  bool ok = component_name(m.subject, "a component, an interface, 'approximate' or '}'") &&
            expect(TokenKind::Equal);
  if (ok && at_word("class") && next_is(TokenKind::Name)) m.is_class = accept_word("class");
  ok = ok && name(m.name, "a type or 'class'");
  if (ok) to.mappings.push_back(std::move(m));
  return ok;
}

}  // namespace bh
