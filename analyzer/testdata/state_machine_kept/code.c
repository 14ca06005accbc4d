enum { REQ_HELLO = 1, REQ_NAME, REQ_LOGIN, REQ_BYE, REQ_DEBUG };
#define ONCE 1
struct row { int kind; int flags; int (*answer)(void); };
int next_kind(void);
static int allowed[8];
static int debugging;

static void permit(int kind, int on) { allowed[kind] = on; }
static int answer_hello(void) {
  permit(REQ_NAME, 1);
  return 0;
}
static int answer_name(void) {
  permit(REQ_LOGIN, 1);
  permit(REQ_BYE, 1);
  return 0;
}
static int answer_login(void) { return 0; }
static int answer_bye(void) {
  permit(REQ_LOGIN, 0);
  permit(REQ_HELLO, 1);
  return 0;
}
static int answer_debug(void) { return 0; }
static const struct row rows[] = {
    {REQ_HELLO, ONCE, answer_hello}, {REQ_NAME, ONCE, answer_name},
    {REQ_LOGIN, ONCE, answer_login},    {REQ_BYE, ONCE, answer_bye},
    {REQ_DEBUG, 0, answer_debug},
};
void monitor_main(void) {
  permit(REQ_HELLO, 1);
  for (;;) {
    int kind = next_kind();
    for (int i = 0; i < 5; i++)
      if (rows[i].kind == kind && allowed[kind]) rows[i].answer();
  }
}
