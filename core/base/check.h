// BH_CHECK(cond): our own invariants. Prints where it failed and aborts, in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>

#define BH_CHECK(cond)                                                                     \
  do {                                                                                     \
    if (!(cond)) {                                                                         \
      std::fprintf(stderr, "%s:%d: internal error: check failed: %s\n", __FILE__, __LINE__, #cond); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
