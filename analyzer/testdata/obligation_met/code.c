void demote(void);
void enter(void);
void serve(void);
void exit(int code);
int failed(void);
_Noreturn void fatal(void);
typedef void (*step)(void);
struct plan { step first; step last; };

static void give_up(void) { exit(1); }
void fatal(void) { give_up(); for (;;) { } }

static void drop(int kind) {
  switch (kind) {
    case 1:
      demote();
      break;
    case 2:
      demote();
      demote();
      break;
    default:
      fatal();
  }
  if (failed()) give_up();
}
static void again(int n) {
  if (n > 0) again(n - 1);
}
static const struct plan plan = {enter, serve};
void child_main(int kind) {
  drop(kind);
  again(kind);
  plan.first();
  while (failed()) plan.last();
}
