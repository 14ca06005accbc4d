void door_open(int way, int seconds);
void door_close(void);

static void pass(int urgent) {
  door_open(0, urgent ? 10 : 30);
  door_close();
}

int main(void) {
  pass(1);
  return 0;
}
