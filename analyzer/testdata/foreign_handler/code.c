int answer_ask(int slot) { return slot; }
int answer_tell(void) { return 0; }
void serve(void) { answer_ask(1); }
void child_main(void) { answer_ask(2); }
