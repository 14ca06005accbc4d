void child_main(void) { __asm__ volatile("nop"); }
