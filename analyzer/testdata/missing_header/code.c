#include "no_such_header.h"
void child_main(void) {}
