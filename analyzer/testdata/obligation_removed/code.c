void demote(void);
void enter(void);
void serve(void);

static void prepare(void) { enter(); }
static void serve_all(void) { serve(); }
void child_main(void) {
  prepare();
  serve_all();
}
void other_side(void) {
  demote();
  enter();
}
