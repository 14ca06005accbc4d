void demote(void);
void serve(void);
int atexit(void (*f)(void));
int ready(void);
typedef void (*action)(void);
#define RUN(name) name##_all()

static void serve_all(void) { serve(); }
static action table[] = {serve_all};
static void run(action a) { a(); }
static void run_each(void) {
  for (int i = 0; i < 1; i++) run(table[i]);
}
void child_main(void) {
  atexit(demote);
  if (!ready()) goto out;
  demote();
out:
  RUN(serve);
  run_each();
}
