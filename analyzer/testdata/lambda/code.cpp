void danger();
template <class F> void each(F f) { f(1); }
void child_main() { each([](int) { danger(); }); }
