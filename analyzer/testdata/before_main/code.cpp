void danger();
void harmless();
struct Register { Register() { danger(); } };
static Register at_start;
__attribute__((constructor)) static void early() { harmless(); }
int main() { return 0; }
