#include <stdbool.h>
void danger(void);
void harmless(void);
int is_monitor(void);
int next(void);

int separated = 1;
struct state { int postponed; int other; };

static void in_a_local(void) {
  int sep = separated;
  if (!sep) danger();
}
static void of_a_predicate(void) {
  const int monitor = is_monitor();
  if (monitor) {
    danger();
    return;
  }
  harmless();
}
static void of_both(struct state *s) {
  bool here = separated && !is_monitor(), either = !separated || is_monitor();
  if (!here) danger();
  if (either && s->other) danger();
}
static void through_two(void) {
  int first;
  int second;
  first = !separated;
  second = first;
  if (second) danger();
}
static void set_by_a_branch(void) {
  int alone = 0;
  if (!separated) alone = 1;
  harmless();
  if (alone) danger();
}
static void choice(void) {
  int alone = separated ? 0 : 1;
  switch (alone) {
    case 0:
      break;
    default:
      danger();
  }
}
static void on_one_condition(struct state *s, int quiet) {
  bool loud = !quiet && s->postponed;
  if (quiet && loud) danger();
  if (!loud) return;
  if (!s->postponed) danger();
}
static void of_another_name(struct state *s) {
  struct state *same = s;
  if (!s->postponed) return;
  if (!same->postponed) danger();
}
static void of_one_number(int kind) {
  if (kind == 3 && kind == 4) danger();
  switch (kind) {
    case 1:
    case 2:
      if (kind == 3) danger();
      break;
    default:
      harmless();
  }
}
void child_main(struct state *s) {
  in_a_local();
  of_a_predicate();
  of_both(s);
  through_two();
  set_by_a_branch();
  choice();
  on_one_condition(s, next());
  of_another_name(s);
  of_one_number(next());
}
