// What a handler permits by calling another one counts; what the loop calls by name is a request of its own.
enum { REQ_HELLO = 1, REQ_NAME, REQ_LOGIN };
int next_kind(void);
static int allowed[8];

static void permit(int kind) { allowed[kind] = 1; }
static void answer_name(void) { permit(REQ_LOGIN); }
static void answer_hello(void) {
  permit(REQ_NAME);
  answer_name();
}
static void answer_login(void) {}

void monitor_main(void) {
  permit(REQ_HELLO);
  for (;;) {
    switch (next_kind()) {
      case REQ_HELLO: answer_hello(); break;
      case REQ_NAME: answer_name(); break;
      case REQ_LOGIN: answer_login(); break;
    }
  }
}
