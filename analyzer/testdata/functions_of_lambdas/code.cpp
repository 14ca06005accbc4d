#include <functional>
#include <map>

void danger();
void harmless();

struct Table {
  void on(int kind, std::function<void(int)> f) { handlers[kind] = std::move(f); }
  void run(int kind) { handlers.at(kind)(kind); }
  std::map<int, std::function<void(int)>> handlers;
};

void child_main(int n) {
  Table table;
  table.on(n, [](int) { harmless(); });
  table.run(n);
}

void other_main(int n) {
  Table table;
  table.on(n, [](int) { danger(); });
  table.run(n);
}
