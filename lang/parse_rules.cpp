#include "lang/parse.h"

namespace bh {

// release signature_out: KeyStore.keys.sign.signature secret => public because ".."
bool Parser::release() {
  ast::ReleaseDecl d;
  d.kind = keyword_.text == "release" ? ReleaseKind::Release : ReleaseKind::Endorse;
  const bool ok = name(d.name, "a name, as in 'release out: ..'") && expect(TokenKind::Colon) &&
                  path_set(d.items, "what is released") && name(d.from, "a level") &&
                  expect(TokenKind::FatArrow) && name(d.to, "a level") && because(d.because);
  return finish(std::move(d), ok, ast_.releases);
}

// allow tx: Parser -> Network.link.send when port != 53
bool Parser::rule() {
  ast::RuleDecl d;
  d.kind = keyword_.text == "allow" ? RuleKind::Allow : RuleKind::Deny;
  const bool ok = name(d.name, "the rule's name, as in 'allow tx: ..'") &&
                  expect(TokenKind::Colon) && path_set(d.subjects, "who may call", true) &&
                  expect(TokenKind::Arrow) && path_set(d.targets, "what may be called") &&
                  when(d.condition, d.negated) && because(d.because);
  return finish(std::move(d), ok, ast_.rules);
}

bool Parser::when(std::optional<ast::Expr>& condition, bool& negated) {
  negated = at_word("unless");
  if (!negated && !at_word("when")) return true;
  take();
  condition.emplace();
  return expr(*condition);
}

bool Parser::protocol() {
  ast::ProtocolDecl d;
  bool ok =
      name(d.name, "the protocol's name") && expect_word("on") && path(d.endpoint, "an endpoint");
  if (ok && accept_word("shared")) {
    d.instances = InstanceKind::Shared;
  } else if (ok && accept_word("per")) {
    ok = expect_word("caller");
  } else if (ok) {
    ok = fail("'per caller' or 'shared'");
  }
  ok = ok && block("transitions: 'State -method-> State', 'State -after 5s-> State', 'others stay'",
                   [&] { return transition(d); });
  return finish(std::move(d), ok, ast_.protocols);
}

// Locked* -unlock ok-> Open at most 3
bool Parser::transition(ast::ProtocolDecl& to) {
  const Span begin = now_.span;
  ast::TransitionDecl t;
  if (at_word("others") && next_is(TokenKind::Name)) {
    take();
    to.others_stay = true;
    return expect_word("stay");
  }
  if (!name(t.from, "a state")) return false;
  if (accept(TokenKind::Star)) to.initial.push_back(t.from);
  if (!expect(TokenKind::Minus)) return false;
  if (at_word("after") && (next_is(TokenKind::Duration) || next_is(TokenKind::Number))) {
    return timeout(to, t.from);
  }
  if (!name(t.method, "a method")) return false;
  if (accept_word("ok")) {
    t.outcome = Outcome::Ok;
  } else if (accept_word("error")) {
    t.outcome = Outcome::Error;
  }
  bool ok = !accept_word("by") || mover(t);
  ok = ok && (accept(TokenKind::Arrow) || fail("'->', 'ok->', 'error->' or 'by'")) &&
       name(t.to, "a state");
  if (ok && at_word("at") && next_is(TokenKind::Name)) {
    take();
    t.at_most.emplace();
    ok = expect_word("most") && number(*t.at_most, "a number");
  }
  t.span = span_from(begin);
  if (ok) to.transitions.push_back(std::move(t));
  return ok;
}

// Open -after 5s-> Locked
bool Parser::timeout(ast::ProtocolDecl& to, ast::Name from) {
  ast::TimeoutDecl t;
  t.from = from;
  take();
  const bool ok = duration(t.milliseconds) && expect(TokenKind::Arrow) && name(t.to, "a state");
  t.span = span_from(from.span);
  if (ok) to.timeouts.push_back(std::move(t));
  return ok;
}

// by other, by same, by Alice, by { Alice, Bob }
bool Parser::mover(ast::TransitionDecl& to) {
  const Span begin = now_.span;
  bool ok = true;
  if (accept_word("same")) {
    to.mover = Mover::Same;
  } else if (at_word("other") && !next_is(TokenKind::Name)) {
    take();
    to.mover = Mover::Other;
  } else {
    ok = path_set(to.by.emplace(), "'other', 'same' or who may take the transition");
  }
  to.by_span = span_from(begin);
  return ok;
}

bool Parser::finish_property(ast::PropertyDecl property, bool ok) {
  auto& base = std::visit([](auto& p) -> ast::Statement& { return p; }, property);
  if (base.name.missing()) return ok;
  base.broken = !ok || broken_;
  base.span = span_from(begin_);
  ast_.properties.push_back(std::move(property));
  return ok;
}

bool Parser::never() {
  ast::Name title;
  if (!name(title, "the property's name") || !expect(TokenKind::Colon)) {
    ast::NeverRequestDecl unread;
    unread.name = title;
    return finish_property(std::move(unread), false);
  }
  if (accept_word("flow")) return never_flow(title);
  if (at_word("state") && next_is(TokenKind::Name)) return never_state(title);
  ast::PathSet first;
  bool ok = path_set(first, "'flow', a component or a method", true);
  if (ok && accept_word("without")) {
    ast::NeverBeforeDecl d;
    d.name = title;
    d.operations = std::move(first);
    ok = path(d.first, "a method");
    if (ok && accept_word("ok")) d.outcome = Outcome::Ok;
    ok = ok && expect_word("before");
    if (ok && accept_word("by")) {
      ok = expect_word("anyone");
      d.by_anyone = true;
    }
    return finish_property(std::move(d), ok);
  }
  ast::NeverRequestDecl d;
  d.name = title;
  d.subjects = std::move(first);
  ok = ok && (accept(TokenKind::Arrow) || fail("'->' or 'without'")) &&
       path_set(d.targets, "what is never called") && when(d.condition, d.negated);
  return finish_property(std::move(d), ok);
}

// never both_green: state NorthSouth.Green and EastWest.{Green, Yellow}
bool Parser::never_state(ast::Name title) {
  ast::NeverStateDecl d;
  d.name = title;
  take();
  bool ok = true;
  do {
    ok = path(d.parts.emplace_back(), "a protocol and its state, as in 'Session.Open'");
  } while (ok && accept_word("and"));
  return finish_property(std::move(d), ok);
}

// tcb small_core: { KeyStore } at most 2500 lines
bool Parser::tcb() {
  ast::TrustedBaseDecl d;
  bool ok = name(d.name, "the property's name") && expect(TokenKind::Colon) &&
            path_set(d.components, "a component", true);
  if (ok && accept_word("at")) {
    ok = expect_word("most") && number(d.most_lines.emplace(), "a number") && expect_word("lines");
  }
  return finish_property(std::move(d), ok);
}

// never key_leaves: flow secret ~> Network except via signature_out
bool Parser::never_flow(ast::Name title) {
  ast::NeverFlowDecl d;
  d.name = title;
  bool ok = path_set(d.from, "a level or a component", true) && expect(TokenKind::FlowArrow) &&
            path_set(d.to, "a level or a component", true);
  if (ok && accept_word("except")) {
    ok = expect_word("via") && list([&] {
           d.except.emplace_back();
           return name(d.except.back(), "a release or endorsement");
         });
  }
  return finish_property(std::move(d), ok);
}

// require can_sign: Parser can KeyStore.keys.unlock then KeyStore.keys.sign with slot = 1
bool Parser::require() {
  ast::RequireDecl d;
  bool ok = name(d.name, "the property's name") && expect(TokenKind::Colon) &&
            component_name(d.subject, "a component") && expect_word("can");
  if (ok) {
    do {
      ast::RequireDecl::Step& step = d.steps.emplace_back();
      ok = path(step.operation, "a method");
      if (ok && accept_word("with")) ok = expr(step.condition.emplace());
    } while (ok && accept_word("then"));
  }
  return finish_property(std::move(d), ok);
}

bool Parser::holds() {
  ast::HoldsDecl d;
  const bool ok = name(d.name, "the property's name") && expect(TokenKind::Colon) &&
                  path_set(d.subjects, "a component") && expect_word("within") &&
                  path_set(d.within, "a method", true);
  return finish_property(std::move(d), ok);
}

bool Parser::separate() {
  ast::SeparateDecl d;
  const auto item = [&] {
    d.duties.emplace_back();
    return path_set(d.duties.back(), "a method");
  };
  const bool ok = name(d.name, "the property's name") && expect(TokenKind::Colon) &&
                  braced(false, "a method", item);
  return finish_property(std::move(d), ok);
}

}  // namespace bh
