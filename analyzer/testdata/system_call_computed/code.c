#define SYS_getpid 39
long syscall(long number, ...);
extern long number;
void child_main(void) {
  syscall(SYS_getpid);
  syscall(number);
}
