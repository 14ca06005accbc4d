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
      if (d.timeout && at_word("timeout")) said_before("timeout", d.timeout->span);
      if (accept_word("timeout")) return duration(d.timeout.emplace());
      return (accept_word("budget") || fail("'budget', 'timeout' or '}'")) &&
             size(d.budget.emplace(), "a size");
    };
    const bool ok = block("'budget 64 KiB', 'timeout 2s'", item);
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
  const bool ok = component_name(m.subject, "a component, an interface, 'approximate' or '}'") &&
                  expect(TokenKind::Equal) && selinux_mapping(m);
  if (ok) to.mappings.push_back(std::move(m));
  return ok;
}

// Each word is a clause only where what follows fits it: the next item may begin with the name of a
// component that is called so.
bool Parser::selinux_mapping(ast::SelinuxDecl::Mapping& to) {
  if (at_word("class") && next_is(TokenKind::Name)) to.is_class = accept_word("class");
  bool ok = name(to.name, "a type or 'class'");
  if (to.is_class) return ok;
  if (ok && at_word("role") && next_is(TokenKind::Name)) {
    take();
    ok = name(to.role, "a role");
  }
  if (ok && at_word("runs") && next_is(TokenKind::String)) {
    take();
    ok = string(to.program, "the path of a program");
  }
  if (ok && at_word("labels") && next_is(TokenKind::String)) {
    take();
    ok = list([&] { return string(to.paths.emplace_back(), "a path"); });
  }
  return ok;
}

}  // namespace bh
