void danger(void);
void harmless(void);

struct state { int postponed; int other; };
static void note(struct state *s) { s->other = 1; }
void child_main(struct state *s, int quiet) {
  if (!quiet) return;
  harmless();
  if (!quiet) danger();
  if (!s->postponed) return;
  note(s);
  if (!(s->postponed || s->other)) danger();
}
