void danger();
void harmless();

void child_main(int n) {
  if (n > 3) harmless();
  try {
    harmless();
  } catch (int) {
    danger();
  }
}
