/* What a message asks for is passed on where a test has told what it is. */
enum kind { READ = 1, WRITE = 2, ERASE = 3, STOP = 4 };
struct head { int kind; int length; };
struct message { struct head head; void *data; };
long read(int, void *, unsigned long);
void send_request(int fd, int kind, const void *data);
void log_kind(const struct message *m);
static void tell_parent(int kind, const void *data) { send_request(3, kind, data); }
static int to_read(const struct message *m) {
  if (m->head.kind == READ) return m->head.kind;
  return READ;
}
struct address { int host; };
extern struct address home;
void child_main(int fd, struct address *address) {
  struct message m;
  int bytes[4];
  char text[4];
  while (read(fd, &m.head, sizeof m.head) > 0) {
    switch (m.head.kind) {
      case READ:
      case WRITE:
        log_kind(&m);
        bytes[m.head.length & 3] = m.head.length;
        text[0] = 0;
        *address = home;
        if (m.head.length > bytes[0]) break;
        tell_parent(m.head.kind, m.data);
        break;
      case STOP: {
        const int kind = m.head.kind;
        m.head.kind = ERASE;
        send_request(3, kind, m.data);
        break;
      }
      default:
        tell_parent(to_read(&m), m.data);
        break;
    }
  }
}
