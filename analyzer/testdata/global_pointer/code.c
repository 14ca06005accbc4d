void danger(void);
void harmless(void);

static void real(void) { danger(); }
static void (*const chosen)(void) = real;
void child_main(void) { chosen(); }
