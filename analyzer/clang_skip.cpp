#include "analyzer/clang_skip.h"

#include <clang/Sema/Sema.h>

namespace bh {

void drop_instantiation(clang::Sema& sema, const clang::FunctionDecl* function) {
  auto& pending = sema.PendingInstantiations;
  if (!pending.empty() && pending.back().first == function) pending.pop_back();
}

}  // namespace bh
