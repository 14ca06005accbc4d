/* What came as bytes may ask for anything; what the program stores itself is known. */
typedef unsigned long size_t;
enum kind { ASK_SMALL = 1, ASK_LARGE = 2, ASK_ROOT = 3 };
struct id { int kind; };
struct header { struct id id; int length; };
struct note { int kind; };
long read(int fd, void *to, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void send_request(int fd, int kind);

static void receive(int fd, void *to, size_t size) { read(fd, to, size); }
static void receive_whole(int fd, void *to, size_t size) { receive(fd, to, size); }

void forward_main(int fd) {
  struct header header;
  receive_whole(fd, &header, sizeof header);
  send_request(3, header.id.kind);
}
void child_main(const void *from) {
  struct header header;
  struct note note, old;
  memcpy(&header, from, sizeof header);
  note.kind = ASK_SMALL;
  memcpy(&from, &note, sizeof note);
  header.length = ASK_LARGE;
  send_request(3, note.kind);
}
