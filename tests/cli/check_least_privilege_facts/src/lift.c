typedef void (*action)(void);
action look_up(const char *name);
void door_close(void);

int main(void) {
  door_close();
  look_up("later")();
  return 0;
}
