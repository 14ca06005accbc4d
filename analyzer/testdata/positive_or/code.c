void danger(void);
void harmless(void);

int a, b, c;
void child_main(void) {
  if (a || b) danger();
  if (c && (a || b)) danger();
  if (!a && c) harmless();
}
