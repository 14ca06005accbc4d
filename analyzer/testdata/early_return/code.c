void danger(void);
void harmless(void);

int separated;
static void real(void) {
  if (separated) return;
  danger();
}
static void other(void) {
  if (!(separated == 1)) danger();
}
void child_main(void) { real(); other(); }
