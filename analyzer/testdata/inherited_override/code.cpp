void danger();
struct Base { virtual void run() {} virtual ~Base() {} };
struct Middle : Base { void run() override { danger(); } };
struct Last : Middle { int field = 0; };
void use(Base& b) { b.run(); }
void child_main() { Last last; use(last); }
