#include <stdlib.h>
void danger(void);
static void at_end(void) { danger(); }
static int twice(int (*f)(void)) { return f() + f(); }
static int one(void) { return 1; }
void child_main(void) {
  atexit(at_end);
  twice(one);
}
