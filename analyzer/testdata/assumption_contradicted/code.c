void danger(void);
void harmless(void);

int separated = 1, nowhere;
void child_main(void) {
  separated = 0;
  if (!separated) danger();
}
void elsewhere(void) { separated = 2; nowhere = 0; }
