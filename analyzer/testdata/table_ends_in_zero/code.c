int answer_ask(int fd) { return fd; }
int answer_tell(int fd) { return fd + 1; }
struct row { int kind; const char *name; int (*answer)(int); };
static const struct row rows[] = {{1, "ask", answer_ask}, {2, "tell", answer_tell}, {0}};
struct list { struct list *next; void (*made)(void); };
static struct list head = {.next = 0};
void add(struct list *one) { head.next = one; }
void serve(int kind, int fd) {
  struct row none = {0};
  const struct row *found = &none;
  for (const struct row *r = rows; r->name; ++r)
    if (r->kind == kind) found = r;
  if (found->answer) found->answer(fd);
  for (struct list *l = &head; l; l = l->next)
    if (l->made) l->made();
}
