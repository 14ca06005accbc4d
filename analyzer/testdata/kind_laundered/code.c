/* The kind is passed on by a wrapper, held in a local, chosen by a condition. */
enum kind { ASK_SMALL = 1, ASK_LARGE = 2, ASK_ROOT = 3 };
void send_request(int fd, int kind);
static void ask(int kind) { send_request(3, kind); }
int big;
void child_main(void) {
  int k = big ? ASK_LARGE : ASK_SMALL;
  ask(k);
  ask(ASK_SMALL);
  if (big > 9) ask(ASK_ROOT);
}
