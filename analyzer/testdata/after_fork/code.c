/* The child goes on where fork returned 0, and after that in main. */
int fork(void);
void parent_work(void);
void child_work(void);
void shared_work(void);
void before(void);
_Noreturn void fatal(void);
_Noreturn void leave(int);

static int split(void) {
  int pid;
  before();
  pid = fork();
  if (pid == -1) {
    fatal();
  } else if (pid != 0) {
    parent_work();
    return 1;
  }
  child_work();
  return 0;
}

int main(void) {
  before();
  if (split() == 1) {
    parent_work();
    leave(1);
  }
  shared_work();
  return 0;
}
