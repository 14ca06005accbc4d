void danger(void);
void harmless(void);

struct handlers { void (*on_read)(void); void (*on_write)(void); };
static void set(struct handlers *h, void (*f)(void)) { h->on_read = f; }
static void really(void) { danger(); }
static void other(void) { danger(); }
void child_main(struct handlers *h) {
  set(h, really);
  h->on_write = harmless;
  h->on_write();
  h->on_read();
}
void unrelated(struct handlers *h) { h->on_write = other; }
