void danger();
void harmless();
template <void (*F)()> void run() { F(); }
template <class T> struct Runner { void go() { T::act(); } };
struct Bad { static void act() { danger(); } };
struct Good { static void act() { harmless(); } };
void child_main() { run<harmless>(); Runner<Good>().go(); }
void other() { run<danger>(); Runner<Bad>().go(); }
