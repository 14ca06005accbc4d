#include "no_such_header.h"
void f(void) {}
