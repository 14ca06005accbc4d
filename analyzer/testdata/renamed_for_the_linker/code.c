extern void danger(void);
extern void innocent(void) __asm__("danger");
static void harmless(void) __attribute__((weakref("execve")));

void child_main(int n) {
  if (n) harmless();
  innocent();
}
