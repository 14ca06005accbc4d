void demote(void);
void enter(void);
void serve(void);

void child_main(void) {
  enter();
  demote();
  serve();
}
