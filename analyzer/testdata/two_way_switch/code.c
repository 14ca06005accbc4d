void danger(void);
void harmless(void);

int mode;
void child_main(void) {
  switch (mode) {
    case 2: danger(); break;
    default: harmless();
  }
}
