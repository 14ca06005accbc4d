typedef unsigned long size_t;
long write(int fd, const void *at, size_t size);
struct inner { int n; struct inner *next; };
struct outer { int kind; struct inner list[2]; };
struct flat { int kind; char name[8]; };

static void send_bytes(int fd, const void *at, size_t size) { write(fd, at, size); }
static void send_all(int fd, const void *bytes, size_t n) { send_bytes(fd, bytes, n); }
void child_main(int fd) {
  struct outer request = {1};
  struct flat harmless = {2, "x"};
  write(fd, &harmless, sizeof harmless);
  send_all(fd, &request, sizeof(request));
}
