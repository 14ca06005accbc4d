long danger(int, void *, unsigned long);
static long all(long (*f)(int, void *, unsigned long), int fd, void *p) { return f(fd, p, 1); }
void child_main(void *p) { all(danger, 0, p); }
