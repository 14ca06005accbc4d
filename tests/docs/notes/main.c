#include <unistd.h>

#include "notes.h"

int main(void) {
  if (fork() == 0) parser_main(0);
  store_main(0);
  return 0;
}
