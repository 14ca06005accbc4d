#include <algorithm>
#include <array>

#include "lang/parse.h"

namespace bh {

static bool builtin_type(std::string_view word) {
  static constexpr std::array<std::string_view, 6> Builtin = {"u8",  "u16",  "u32",
                                                              "u64", "bool", "bytes"};
  return std::find(Builtin.begin(), Builtin.end(), word) != Builtin.end();
}

// policy gateway 2.1
bool Parser::policy() {
  ast::Policy d;
  bool ok = name(d.name, "the policy's name");
  if (ok && !at(TokenKind::Number)) ok = fail("the policy's version, as in 'policy gateway 2.1'");
  if (ok) {
    const Token first = take();
    while (at(TokenKind::Dot) && next_is(TokenKind::Number)) {
      take();
      take();
    }
    d.version = compact(first.span);
  }
  d.broken = !ok;
  d.span = span_from(begin_);
  ast_.policies.push_back(std::move(d));  // even without a name: there is a policy statement
  return ok;
}

bool Parser::module() {
  ast::ModuleDecl d;
  const bool ok = dotted(d.name, "the module's name");
  return finish(std::move(d), ok, ast_.modules);
}

// import std.posix
bool Parser::import() {
  ast::ImportDecl d;
  const bool ok = dotted(d.name, "a module's name, as in 'import std.posix'");
  return finish(std::move(d), ok, ast_.imports);
}

// variant debug: bool = false
bool Parser::variant() {
  ast::VariantDecl d;
  const bool ok = name(d.name, "the variant's name") && expect(TokenKind::Colon) &&
                  type_expr(d.type) && expect(TokenKind::Equal) && value(d.standard);
  return finish(std::move(d), ok, ast_.variants);
}

bool Parser::type() {
  ast::TypeDecl d;
  if (at(TokenKind::Name) && builtin_type(now_.text)) {
    reporter_->report(now_.span, diag::ReservedWord, now_.text, "a type");
    return false;
  }
  const bool ok = name(d.name, "the type's name") && expect(TokenKind::Equal) && type_expr(d.type);
  return finish(std::move(d), ok, ast_.types);
}

bool Parser::type_expr(ast::TypeExpr& to) {
  const Span begin = now_.span;
  if (!name(to.name, "a type")) return false;
  if (accept(TokenKind::LeftBracket)) {
    to.sizes.emplace();
    to.sizes_from_zero = accept(TokenKind::DotDot);
    if (!(to.sizes_from_zero ? value(to.sizes->low) : value_range(*to.sizes))) return false;
    if (!expect(TokenKind::RightBracket)) return false;
  }
  if (accept_word("in")) {
    const auto item = [&] {
      to.domain.emplace_back();
      return value_range(to.domain.back());
    };
    if (!(at(TokenKind::LeftBrace) ? braced(false, "a value", item) : item())) return false;
  }
  to.span = span_from(begin);
  return true;
}

bool Parser::enumeration() {
  ast::EnumDecl d;
  if (at(TokenKind::Name) && builtin_type(now_.text)) {
    reporter_->report(now_.span, diag::ReservedWord, now_.text, "an enum");
    return false;
  }
  const auto item = [&] {
    d.values.emplace_back();
    return name(d.values.back(), "the name of a value");
  };
  const bool ok = name(d.name, "the enum's name") && braced(false, "the name of a value", item);
  return finish(std::move(d), ok, ast_.enums);
}

// lattice secrecy { public < internal < secret }
bool Parser::lattice() {
  ast::LatticeDecl d;
  bool ok = name(d.name, "the lattice's name");
  if (ok && accept(TokenKind::Colon)) ok = name(d.kind, "'secrecy' or 'integrity'");
  const auto chain = [&] {
    d.chains.emplace_back();
    do {
      d.chains.back().emplace_back();
      if (!name(d.chains.back().back(), "a level")) return false;
    } while (accept(TokenKind::Less));
    return true;
  };
  ok = ok && braced(false, "a level", chain);
  return finish(std::move(d), ok, ast_.lattices);
}

bool Parser::interface() {
  ast::InterfaceDecl d;
  const bool ok = name(d.name, "the interface's name") &&
                  block("'call name(..)' and 'event name(..)'", [&] { return method(d); });
  return finish(std::move(d), ok, ast_.interfaces);
}

bool Parser::method(ast::InterfaceDecl& to) {
  const Span begin = now_.span;
  ast::MethodDecl m;
  if (accept_word("event")) {
    m.kind = MethodKind::Event;
  } else if (!accept_word("call")) {
    return fail("'call', 'event' or '}'");
  }
  bool ok = name(m.name, "the method's name") && expect(TokenKind::LeftParen);
  if (ok && !at(TokenKind::RightParen)) ok = parameters(m.parameters);
  ok = ok && expect(TokenKind::RightParen);
  if (ok && accept(TokenKind::Arrow)) ok = parameters(m.results);
  m.span = span_from(begin);
  if (!m.name.missing()) to.methods.push_back(std::move(m));
  return ok;
}

bool Parser::parameters(std::vector<ast::ParameterDecl>& to) {
  return list([&] {
    to.emplace_back();
    return parameter(to.back());
  });
}

bool Parser::parameter(ast::ParameterDecl& to) {
  if (!name(to.name, "a parameter") || !expect(TokenKind::Colon) || !type_expr(to.type))
    return false;
  if (accept_word("personal")) {
    to.privacy = Privacy::Personal;
  } else if (accept_word("secret")) {
    to.privacy = Privacy::Secret;
  }
  return true;
}

bool Parser::component() {
  ast::ComponentDecl d;
  const auto item = [&] {
    if (accept_word("label")) return labels(d.labels);
    return endpoint(d);
  };
  bool ok = name(d.name, "the component's name");
  if (ok && accept(TokenKind::LeftBracket)) {
    ok = number(d.instances.emplace(), "how many instances there are") &&
         expect(TokenKind::RightBracket);
  }
  ok = ok && block("'label ..', 'provides name: Interface', 'handles name: Interface'", item);
  return finish(std::move(d), ok, ast_.components);
}

bool Parser::endpoint(ast::ComponentDecl& to) {
  const Span begin = now_.span;
  ast::EndpointDecl e;
  if (accept_word("handles")) {
    e.role = EndpointRole::Handles;
  } else if (!accept_word("provides")) {
    return fail("'label', 'provides', 'handles' or '}'");
  }
  const bool ok = name(e.name, "the endpoint's name") && expect(TokenKind::Colon) &&
                  name(e.interface, "an interface");
  if (e.interface.text == "Life") ast_.mentions_life = true;
  e.span = span_from(begin);
  if (ok) to.endpoints.push_back(std::move(e));
  return ok;
}

bool Parser::labels(std::vector<ast::Name>& to) {
  return list([&] {
    to.emplace_back();
    return name(to.back(), "a level");
  });
}

bool Parser::object() {
  ast::ComponentDecl d;
  d.kind = ComponentKind::Object;
  const auto item = [&] {
    return accept_word("label") ? labels(d.labels) : fail("'label' or '}'");
  };
  const bool ok = name(d.name, "the object's name") && expect(TokenKind::Colon) &&
                  name(d.interface, "an interface") && block("'label ..'", item);
  return finish(std::move(d), ok, ast_.components);
}

// group inside = any - edge + { Clock }
bool Parser::group() {
  ast::GroupDecl d;
  bool ok = name(d.name, "the group's name") && expect(TokenKind::Equal) && group_term(d);
  while (ok && (at(TokenKind::Plus) || at(TokenKind::Minus))) {
    const bool subtracted = take().kind == TokenKind::Minus;
    ok = group_term(d);
    d.terms.back().subtracted = subtracted;
  }
  return finish(std::move(d), ok, ast_.groups);
}

bool Parser::group_term(ast::GroupDecl& to) {
  ast::GroupTerm& term = to.terms.emplace_back();
  const auto member = [&] { return component_name(term.names.emplace_back(), "a component"); };
  if (at(TokenKind::LeftBrace)) return braced(false, "a component", member);
  if (accept_word("any")) {
    term.kind = ast::TermKind::Any;
    return true;
  }
  const bool levels =
      next_is(TokenKind::Name) || next_is(TokenKind::GreaterEqual) || next_is(TokenKind::LessEqual);
  if (!at_word("label") || !levels) return member();
  take();
  term.kind = ast::TermKind::Labelled;
  if (at(TokenKind::GreaterEqual) || at(TokenKind::LessEqual)) {
    term.kind =
        take().kind == TokenKind::GreaterEqual ? ast::TermKind::AtLeast : ast::TermKind::AtMost;
    return name(term.names.emplace_back(), "a level");
  }
  return labels(term.names);
}

}  // namespace bh
