/* The kind travels in a field, and a switch carries the requests out. */
#define OP_LOOKUP 1
#define OP_RELOAD 2
#define OP_SET_TIME 3
struct request { int op; char name[16]; };
void send_to_helper(struct request *r, unsigned size);
void lookup(char *name);
void reload(void);
void set_time(void);

static void submit(struct request *r) { send_to_helper(r, sizeof *r); }
void ask_lookup(void) {
  struct request r;
  r.op = OP_LOOKUP;
  submit(&r);
}
void ask_reload(void) {
  struct request r = {.op = OP_RELOAD};
  submit(&r);
}
void client_main(void) {
  ask_lookup();
  ask_reload();
}
void helper_main(struct request *r) {
  switch (r->op) {
    case OP_LOOKUP: lookup(r->name); break;
    case OP_RELOAD: reload(); break;
    case OP_SET_TIME: set_time(); break;
  }
}
