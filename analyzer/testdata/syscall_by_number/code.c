#include <sys/syscall.h>
#include <unistd.h>

void child_main(const char *path) { syscall(SYS_execve, path, 0, 0); }
