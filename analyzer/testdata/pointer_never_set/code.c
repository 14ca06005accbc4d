void danger(void);
void harmless(void);

struct hooks { int used; void (*hook)(void); };
void child_main(struct hooks *h, void (*unset)(void)) {
  h->used = 1;
  if (h->hook) h->hook();
  (void)unset;
}
