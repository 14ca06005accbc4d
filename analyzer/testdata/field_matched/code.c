void danger(void);
void harmless(void);

struct handlers { void (*on_read)(void); void (*on_write)(void); };
static void really(void) { danger(); }
void child_main(struct handlers *h) {
  h->on_write = really;      /* stored, and called below through the other field only */
  h->on_read = harmless;
  h->on_read();
}
void writer(struct handlers *h) { h->on_write(); }
