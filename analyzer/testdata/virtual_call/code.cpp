void danger();
struct Base { virtual void run() {} virtual ~Base() = default; };
struct Derived : Base { void run() override { danger(); } };
void child_main(Base& base) { base.run(); }
