#include <dlfcn.h>
void child_main(void *library) {
  void (*f)(void) = (void (*)(void))dlsym(library, "f");
  f();
}
