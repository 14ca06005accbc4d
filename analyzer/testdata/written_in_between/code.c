void danger(void);
void harmless(void);

int external(void);
void child_main(int quiet) {
  if (!quiet) return;
  quiet = external();
  if (!quiet) danger();
}
