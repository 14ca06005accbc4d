struct frame { int size; char bytes[64]; };
int receive(int fd, struct frame *to);
int next_kind(int fd);
int is_kind(int kind);
void handle_kind(int kind);
int is_frame(const struct frame *f);
void handle(const struct frame *f);
void log_size(int size);

static int check_first(struct frame *f) {
  if (!is_frame(f)) return 0;
  handle(f);
  return 1;
}
static void use_kind(int kind) { handle_kind(kind); }
static void good(int fd) {
  struct frame f;
  if (receive(fd, &f)) return;
  if (!is_frame(&f)) return;
  handle(&f);
}
static void good_by_callee(int fd) {
  struct frame f;
  receive(fd, &f);
  if (check_first(&f)) handle(&f);
}
static void bad(int fd) {
  struct frame f;
  receive(fd, &f);
  if (fd > 3) is_frame(&f);
  handle(&f);
}
static void bad_in_callee(int fd) {
  int kind = next_kind(fd);
  use_kind(kind);
}
static void good_number(int fd) {
  int kind = next_kind(fd);
  if (is_kind(kind)) use_kind(kind);
}
void never_reached(int fd) { log_size(fd); }
void child_main(int fd) {
  good(fd);
  good_by_callee(fd);
  bad(fd);
  bad_in_callee(fd);
  good_number(fd);
}
