void demote(void);
void serve(void);
void child_main(void) { demote(); }
void never_reached(void) { serve(); }
