int next(void);
void change(int *value);

int separated = 1;
struct state { int postponed; };
static void postpone(struct state *s) { s->postponed = next(); }
void danger(void);

// Each of these reaches it: what was kept is not what is asked.
static void written_later(void) {
  int sep = separated;
  sep = next();
  if (!sep) danger();
}
static void changed_by_callee(void) {
  int sep = separated;
  change(&sep);
  if (!sep) danger();
}
static void cut_off(int flags) {
  unsigned char low = flags;
  if (flags && !low) danger();
}
static void field_changed(struct state *s) {
  int was = s->postponed;
  postpone(s);
  if (was && !s->postponed) danger();
}
static void counted(int n) {
  int before = n;
  n--;
  if (before && !n) danger();
}
static void other_object(struct state *s, struct state *t) {
  struct state *same = s;
  same = t;
  if (s->postponed && !same->postponed) danger();
}
static void in_a_loop(void) {
  int first = 1;
  while (next()) {
    if (!first) danger();
    first = 0;
  }
}
static void once(void) {
  static int started = 0;
  if (started) danger();
  started = 1;
}
void child_main(struct state *s, struct state *t) {
  written_later();
  changed_by_callee();
  cut_off(next());
  field_changed(s);
  counted(next());
  other_object(s, t);
  in_a_loop();
  once();
}
