void danger();
struct S {
  void safe() {}
  void unsafe() { danger(); }
  void run(void (S::*what)()) { (this->*what)(); }
};
void child_main() { S s; s.run(&S::unsafe); }
