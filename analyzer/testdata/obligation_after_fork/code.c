int fork(void);
void demote(void);
void serve(void);
void wait_for_child(void);

static int split(void) {
  int pid = fork();
  if (pid != 0) {
    wait_for_child();
    return 1;
  }
  return 0;
}
int main(void) {
  demote();
  if (split()) return 0;
  serve();
  demote();
  serve();
}
