enum { REQ_HELLO = 1, REQ_NAME };
int next(void);
static int allowed[8];
static void permit(int kind) { allowed[kind] = 1; }
static void enable(int kind) { permit(kind); }
void monitor_main(void) {
  enable(REQ_HELLO);
  enable(next());
}
