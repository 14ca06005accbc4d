/* One row too many: it has a handler that no `serves` names. Start-up work is another column. */
enum kind { ASK = 1, TELL = 2, STOP = 3 };
struct row { enum kind kind; void (*begin)(void); int (*answer)(int); };
void begin_all(void) {}
int answer_ask(int fd) { return fd; }
int answer_tell(int fd) { return fd + 1; }
int answer_stop(int fd) { return fd + 2; }
static const struct row rows[] = {{ASK, begin_all, answer_ask}, {TELL, 0, answer_tell},
                                  {STOP, begin_all, answer_stop}, {0}};
int hook_early(int fd) { return fd; }
static const struct row unrelated[] = {{ASK, 0, hook_early}};
static const struct row of_nobody[] = {{ASK, 0, answer_ask}, {STOP, 0, hook_early}};
const struct row *never_used(void) { return of_nobody; }
void serve(int kind, int fd) {
  for (const struct row *r = rows; r->answer; ++r) {
    if (r->begin) r->begin();
    if (r->kind == (enum kind)kind) r->answer(fd);
  }
  unrelated[0].answer(fd);
}
