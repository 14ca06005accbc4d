int system(const char *command);
char *getenv(const char *name);
void request(int kind);

static void (*hook)(void);
void set_hook(void (*h)(void)) { hook = h; }

static void rotate(void) { system("logrotate"); }

void parse(void) {
  void (*local)(void) = hook;
  rotate();
  request(1);
  if (getenv("DEBUG")) request(7);
  local();
}
