void danger();
struct Guard { ~Guard() { danger(); } };
void child_main() { Guard guard; }
