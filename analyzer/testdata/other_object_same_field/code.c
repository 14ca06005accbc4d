void danger(void);
void harmless(void);

struct state { int postponed; };
void child_main(struct state *s, struct state *t) {
  if (!s->postponed) return;
  if (!t->postponed) danger();
}
