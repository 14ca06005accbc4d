void child_main(void) {}
