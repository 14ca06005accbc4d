/* The same program again, told by an argument which role it has. */
void privileged(void);
void harmless(void);
int main(int argc, char **argv) {
  char *role = 0;
  if (argc > 2) role = argv[2];
  if (role != 0) {
    privileged();
    return 0;
  }
  harmless();
  return 0;
}
