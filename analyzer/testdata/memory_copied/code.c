typedef union { long size; } pthread_mutex_t;
int pthread_mutex_lock(pthread_mutex_t *lock);
struct ring { int head; int used[8]; };
static struct ring ring;
static int total, seen, own;
static __thread int mine;
static const int limit = 8;
static pthread_mutex_t lock;

static void note(int *at) { *at = 1; }
void reader_main(void) {
  pthread_mutex_lock(&lock);
  if (ring.head < limit) seen = total;
  mine = ring.used[0];
}
void writer_main(void) {
  pthread_mutex_lock(&lock);
  ring.used[1] = limit;
  note(&total);
  mine = own++;
}
