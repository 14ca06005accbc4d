int danger();
void child_main() {
  if (int v = danger()) (void)v;
}
