void danger(void);
void harmless(void);

static void helper(void) { danger(); }
void child_main(void) { helper(); }
void never_reached(void) { danger(); }
