void danger(void);
void harmless(void);

struct state { int postponed; };
static void reset(struct state *s) { s->postponed = 0; }
void child_main(struct state *s) {
  if (!s->postponed) return;
  reset(s);
  if (!s->postponed) danger();
}
