void danger(void);
void harmless(void);

int a, b;
void child_main(void) { if (a || b) danger(); }
