// Template instances that are not made.
#pragma once

namespace clang {
class FunctionDecl;
class Sema;
}  // namespace clang

namespace bh {

// Takes back the instantiation of `function` that was put off just now.
void drop_instantiation(clang::Sema& sema, const clang::FunctionDecl* function);

}  // namespace bh
