extern int wanted, separate;
void demote(void);
void enter(void);
void serve(void);

void child_main(void) {
  if (wanted) demote();
  if (separate) enter();
  serve();
}
