enum { ASK = 1, TELL = 2 };
void request(int kind, int slot);
void child_main(void) { request(ASK, 3); }
void never_reached(void) { request(TELL, 0); }
