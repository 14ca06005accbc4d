/* Macros with a block that gives a value: its last expression is the value. */
void danger(void);
void harmless(void);
int separated;
void send_request(int fd, int kind);
#define once(x) __extension__({ int r_ = (x); r_; })
#define chosen(f) __extension__({ (void)separated; f; })
void child_main(int which) {
  if (once(separated)) harmless();
  else danger();
  if (!__extension__({ (void)which; separated; })) danger();
  send_request(3, once(1));
  void (*call)(void) = chosen(harmless);
  call();
  __extension__({ });
}
