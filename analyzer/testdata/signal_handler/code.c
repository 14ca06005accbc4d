#include <signal.h>

void danger(void);
static void on_signal(int n) {
  (void)n;
  danger();
}

static void (*set_handler(int n, void (*handler)(int)))(int) {
  struct sigaction now = {0}, before;
  now.sa_handler = handler;
  sigaction(n, &now, &before);
  return before.sa_handler;
}

void child_main(void) { set_handler(SIGUSR1, on_signal); }
