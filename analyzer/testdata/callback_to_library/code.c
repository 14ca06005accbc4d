#include <signal.h>
#include <stdlib.h>
void danger(void);
static int compare(const void *a, const void *b) { danger(); return a < b; }
static void on_signal(int n) { (void)n; danger(); }
void child_main(int *v) {
  struct sigaction action = {0};
  action.sa_handler = on_signal;
  sigaction(SIGHUP, &action, 0);
  qsort(v, 1, sizeof *v, compare);
}
