void danger(void);
void harmless(void);

int separated = 1;
int is_server(void);
void ask_for_it(void);
#define SEPARATE(x) (separated ? ask_for_##x() : x())
static void it(void) { danger(); }
void child_main(void) { SEPARATE(it); }
