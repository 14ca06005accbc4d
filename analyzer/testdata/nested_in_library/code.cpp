// What a library makes for the program hides in its own nested classes, templates and lambdas.
#include "library.h"
void danger(int);
struct Gone {
  ~Gone() { danger(1); }
};
template <class T>
struct Crate {
  ~Crate() { danger(2); }
};
enum class Level { High };
int operator+(Level) {
  danger(3);
  return 1;
}
struct Watched {
  void seen() { danger(4); }
  void told() { danger(5); }
};
void child_main() {
  Registry<Gone> registry;
  registry.add();
  unpack<Crate>();
  number<Level::High>();
  Watched watched;
  each(&watched);
  library::Watchers<Watched> watchers;
  watchers.add(&watched);
  watchers.tell();
}
