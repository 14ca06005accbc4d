/* A wrapper is given the channel and the kind: which go together is decided where it is called. */
enum kind { SAVE = 1, DROP = 2, SHOW = 3 };
struct channel { int fd; };
struct channel *to_store, *to_view;
void compose(struct channel *to, int kind, const void *data);
static void tell(struct channel *to, int kind) { compose(to, kind, 0); }
static void tell_of(int gone) {
  int kind = gone ? DROP : SAVE;
  struct channel *to = to_store;
  tell(to, kind);
}
void good_main(void) {
  tell(to_store, SAVE);
  tell(to_store, DROP);
  tell(to_view, SHOW);
  tell_of(1);
}
void bad_main(int big) {
  tell(to_store, SAVE);
  if (big) tell(to_view, DROP);
}
