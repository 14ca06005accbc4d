enum kind { REQ_ASK = 2, REQ_TELL = 4 };
#define ONCE 0x10
struct row { enum kind kind; int flags; int (*answer)(int); };
int answer_ask(int fd) { return fd; }
int answer_tell(int fd) { return fd + 1; }
int answer_late(int fd) { return fd + 2; }
struct row early[] = {{REQ_ASK, ONCE, answer_ask}, {REQ_TELL, 0, answer_tell}, {0, 0, 0}};
struct row late[] = {{REQ_ASK, 0, answer_late}, {0, 0, 0}};
static struct row *table;
void serve(int fd) {
  table = early;
  for (struct row *r = table; r->answer; ++r)
    if (r->kind == (enum kind)fd) (*r->answer)(fd);
}
void serve_later(int fd) { table = late; serve(fd); }
