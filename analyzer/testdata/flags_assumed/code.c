/* Who the process is stands in bits of one word. */
#define SEPARATED (1UL << 3)
#define CHILD (1UL << 4)
#define VERBOSE 0x20
#define IS_SEPARATED(c) ((c)->options & SEPARATED)
#define IS_MANAGER(c) (((c)->options & (SEPARATED | CHILD)) == SEPARATED)
enum mode { QUIET = 1, LOUD = 2 };
struct context {
  unsigned long options;
  unsigned mode;
};
struct other {
  unsigned long options;
};
void ask_root(void);
void run_script(void);
void manage(void);
void log_text(void);
void be_child(void);
void shout(void);
void unseen(void);
void kept(void);

static int script(struct context *c) {
  int separated = (c->options & SEPARATED) != 0;
  if (IS_SEPARATED(c)) {
    ask_root();
    return 0;
  }
  if (!separated) run_script();
  run_script();
  return 1;
}

void child_main(struct context *c, struct other *o) {
  script(c);
  if (IS_MANAGER(c)) manage();
  if (c->options & (CHILD | VERBOSE)) be_child();
  if (c->options & VERBOSE) log_text();
  if (!(SEPARATED & c->options)) unseen();
  if (o->options & SEPARATED) kept();
  if (c->mode & LOUD) shout();
  c->options |= VERBOSE;
  c->options &= ~VERBOSE;
  c->mode |= QUIET;
}

void lost_main(struct context *c) {
  c->options &= ~SEPARATED;
  c->options |= CHILD | VERBOSE;
  c->mode = LOUD;
  c->options = c->mode;
  c->mode ^= QUIET;
  if (c->options & SEPARATED) ask_root();
  if (c->options & CHILD) be_child();
}
