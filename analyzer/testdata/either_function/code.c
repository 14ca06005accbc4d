void danger(void);
void harmless(void);

static void real(void) { danger(); }
void child_main(int c) { (c ? harmless : real)(); }
