__asm__(".globl hidden\nhidden: ret");
void child_main(void) {}
