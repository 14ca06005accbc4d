void danger(void);
void harmless(void);

void child_main(int n) {
  void (*const steps[])(void) = {harmless, danger};
  steps[n]();
}
