/* The system looks into the memory of whoever calls it; another process does not. */
typedef unsigned long size_t;
struct query { int kind; char *name; };
int ioctl(int fd, unsigned long request, struct query *query, size_t size);
void ask_driver(struct query *query, size_t size) { ioctl(3, 7, query, size); }
void ask_server(struct query *query, size_t size);
void client_main(void) {
  struct query query;
  ioctl(3, 8, &query, sizeof query);
  ask_driver(&query, sizeof query);
  ask_server(&query, sizeof query);
}
