/* One function sends on two channels; only the first leads to the server. */
struct channel { int fd; };
struct client { struct channel out; };
static struct channel *server;
void compose(struct channel *to, int kind);
static void send_on(struct channel *to, int kind) { compose(to, kind); }
void worker_main(struct client *c) {
  compose(server, 1);
  send_on(server, 2);
  compose(&c->out, 7);
  if (server) compose(server, 9);
}
