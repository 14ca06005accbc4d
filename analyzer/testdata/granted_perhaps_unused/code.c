enum { ASK = 1, TELL = 2 };
void request(int kind, int slot);
int next_kind(void);
void child_main(void) {
  request(ASK, 3);
  request(next_kind(), 0);
}
