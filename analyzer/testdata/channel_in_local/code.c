// A local pointer is another name of the variable that it is assigned, as long as it can be nothing else.
struct channel { int fd; };
struct client { struct channel out; };
static struct channel *server, *spare;
void compose(struct channel *to, int kind);
struct channel *pick(void);
void swap(struct channel **to);

static void by_local(struct client *c) {
  struct channel *to = server, *up;
  compose(to, 1);
  up = &c->out;
  compose(up, 7);
}
static void send_on(struct channel *to, int kind) {
  struct channel *same = to;
  compose(same, kind);
}
static void of_two(int first) {
  struct channel *to = first ? server : spare;
  compose(to, 2);
}
static void redirected(struct channel *to) {
  to = spare;
  compose(to, 3);
}
static void assigned_twice(int again) {
  struct channel *to = server;
  if (again) to = pick();
  compose(to, 1);
}
static void assigned_by_another() {
  struct channel *to = server;
  swap(&to);
  compose(to, 1);
}
static void of_one_name(int again) {
  if (again) {
    struct channel *to = server;
    compose(to, 1);
  } else {
    struct channel *to = pick();
    compose(to, 1);
  }
}
static void chosen_by_callers(struct channel *to) { compose(to, 1); }

void worker_main(struct client *c, int n) {
  by_local(c);
  send_on(server, 2);
  of_two(n);
  redirected(server);
  assigned_twice(n);
  assigned_by_another();
  of_one_name(n);
  chosen_by_callers(server);
  chosen_by_callers(pick());
}
