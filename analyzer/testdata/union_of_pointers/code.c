// What takes one of several kinds of pointer (glibc's sendto, bind and connect do) is handed that pointer.
typedef unsigned long size_t;
struct sockaddr { int family; char data[14]; };
struct sockaddr_in { int family; int port; };
typedef union {
  const struct sockaddr *general;
  const struct sockaddr_in *internet;
} any_address __attribute__((transparent_union));
long sendto(int fd, const void *at, size_t size, int flags, any_address to, unsigned length);
struct flat { int kind; char name[8]; };

void child_main(int fd, struct sockaddr *to, struct sockaddr_in *other) {
  struct flat message = {2, "x"};
  sendto(fd, &message, sizeof message, 0, to, 16);
  sendto(fd, &message, sizeof message, 0, other, 16);
}
