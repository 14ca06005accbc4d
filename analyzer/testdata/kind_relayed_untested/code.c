/* Behind the test it is another message, or another kind: each of these may ask for anything. */
enum kind { READ = 1, WRITE = 2, ERASE = 3, STOP = 4 };
struct head { int kind; int length; };
struct message { struct head head; void *data; };
long read(int, void *, unsigned long);
void send_request(int fd, int kind, const void *data);
void next(struct message *m);
static void wider(struct message *m) {
  switch ((unsigned char)m->head.kind) {
    case READ: send_request(3, m->head.kind, 0);
  }
}
static void read_again(int fd, struct message *m) {
  switch (m->head.kind) {
    case READ:
      next(m);
      send_request(3, m->head.kind, 0);
      break;
    case WRITE:
      read(fd, m, sizeof *m);
      send_request(3, m->head.kind, 0);
      break;
    case STOP:
      ++m;
      send_request(3, m->head.kind, 0);
      break;
    default:
      send_request(3, m->head.kind, 0);
  }
}
static void through_another(struct message *m, int *same) {
  if (m->head.kind == READ) {
    *same = ERASE;
    send_request(3, m->head.kind, 0);
  }
  if (m->head.kind != READ) send_request(3, m->head.kind, 0);
}
static void of_another(struct message *m, struct message *other) {
  if (m->head.kind == READ) send_request(3, other->head.kind, 0);
}
struct envelope { int stamp; struct message inside[2]; };
static void wrapped(struct message *m, struct envelope *around, const struct envelope *other) {
  if (m->head.kind == READ) {
    *around = *other;
    send_request(3, m->head.kind, 0);
  }
}
static void whole(struct message *m, struct message *same, const struct message *other, int *end) {
  if (m->head.kind == READ) {
    *same = *other;
    send_request(3, m->head.kind, 0);
  }
  if (m->head.kind == WRITE) {
    same->head.kind = ERASE;
    send_request(3, m->head.kind, 0);
  }
  if (m->head.kind == STOP) {
    next(same);
    send_request(3, m->head.kind, 0);
  }
  if (m->head.kind == READ) {
    end[-1] = ERASE;
    send_request(3, m->head.kind, 0);
  }
}
void child_main(int fd) {
  struct message m, other;
  read(fd, &m, sizeof m);
  read(fd, &other, sizeof other);
  wider(&m);
  read_again(fd, &m);
  through_another(&m, &m.head.kind);
  of_another(&m, &other);
  struct envelope around, fresh;
  wrapped(around.inside, &around, &fresh);
  whole(&m, &m, &other, &m.head.length);
}
