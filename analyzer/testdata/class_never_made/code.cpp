void danger();
void harmless();
struct Base { virtual void run() { harmless(); } virtual ~Base() {} };
struct Unused : Base { void run() override { danger(); } };
struct Used : Base { void run() override { harmless(); } };
void use(Base& b) { b.run(); }
void child_main() { Used u; use(u); }
