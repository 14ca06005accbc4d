// App: writes what it does.
#include "stubs/app.h"

using namespace logger;
using bh::user::bytes;

extern "C" void component_main() {
  Logger::log::append(bytes("started"));
  Logger::log::append(bytes("a door was opened"));
  Logger::log::append(bytes("stopped"));
}
