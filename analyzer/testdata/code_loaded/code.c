void *dlopen(const char *path, int mode);
typedef void *(*loader)(const char *, int);
static loader load = dlopen;
void child_main(const char *path) { load(path, 1); }
