/* One function receives for every process, and is told by each what to do with a message: what others tell it, or tell
   it through a table that another process fills, is not what this one does. */
struct loop {
  void (*on_input)(int fd);
};
int fork(void);
int receive(int fd);
void open_door(int fd);
static void as_root(int fd) { open_door(fd); }
static void as_child(int fd) { receive(fd); }
static void dispatch(int fd, void (*handle)(int fd)) {
  int more = receive(fd);
  if (handle) handle(fd + more);
}
static void run_twice(int fd, void (*handle)(int fd)) {
  dispatch(fd, handle);
  dispatch(fd, handle);
}
void root_main(int fd) { run_twice(fd, as_root); }
void child_main(int fd) { run_twice(fd, as_child); }
void idle_main(int fd) { run_twice(fd, 0); }

/* What it registered before it started is called for as long as it runs. */
static void on_ready(int fd) { receive(fd); }
static void run(struct loop *loop, int fd) { dispatch(fd, loop->on_input); }
int main(void) {
  struct loop loop = {on_ready};
  if (fork() == 0) run(&loop, 3);
  return 0;
}
