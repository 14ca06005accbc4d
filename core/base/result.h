// Result<T>: what the outside world may refuse (a file, a solver budget, a child process).
// Mistakes in a policy go to a DiagnosticSink instead; our own mistakes to BH_CHECK.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace bh {

// Why something could not be done. `hint`, when not empty, says what would make it right.
struct Failure {
  std::string message;
  std::string hint = {};
};

template <class T>
using Result = tl::expected<T, Failure>;

inline tl::unexpected<Failure> fail(std::string message, std::string hint = {}) {
  return tl::unexpected<Failure>(Failure{std::move(message), std::move(hint)});
}

}  // namespace bh

#define BH_TRY_JOIN2(a, b) a##b
#define BH_TRY_JOIN(a, b) BH_TRY_JOIN2(a, b)

// BH_TRY(auto x, f()): x = the value of f(), or return f()'s failure from the enclosing function.
#define BH_TRY(declaration, expression) BH_TRY_AS(BH_TRY_JOIN(bh_try_, __LINE__), declaration, expression)
#define BH_TRY_AS(temporary, declaration, expression)                             \
  auto temporary = (expression);                                                  \
  if (!temporary.has_value()) return tl::unexpected(std::move(temporary.error())); \
  declaration = std::move(*temporary)
