static int shared(int slot) {
  if (slot < 0) return 0;
  return slot;
}

int keys_main(void) {
  return shared(1);
}

int checker_main(void) {
  return shared(2);
}

int never_called(void) {
  return
      1
      +
      2;
}
