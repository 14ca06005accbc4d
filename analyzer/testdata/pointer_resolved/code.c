#include <dlfcn.h>
void danger(void);
void harmless(void) {}
void child_main(void *library) {
  void (*f)(void) = (void (*)(void))dlsym(library, "f");
  f();
}
