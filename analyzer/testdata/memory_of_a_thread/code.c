typedef unsigned long pthread_t;
int pthread_create(pthread_t *t, const void *attributes, void *(*start)(void *), void *argument);
static int progress, private_to_reader;
typedef void *(*routine)(void *);

static void advance(void) { progress += private_to_reader++; }
void *reader_main(void *argument) {
  advance();
  return argument;
}
static void start(routine r) {
  pthread_t t;
  pthread_create(&t, 0, r, 0);
}
int writer_main(void) {
  start(reader_main);
  return progress;
}
