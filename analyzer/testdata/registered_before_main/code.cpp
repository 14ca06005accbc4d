// Constructors of globals fill a registry before main; a component that starts later calls what is in it.
void danger();
void harmless();
struct Handler {
  Handler(void (*run)()) : run(run), next(first) { first = this; }
  void (*run)();
  Handler* next;
  static Handler* first;
};
Handler* Handler::first = nullptr;
static void on_reset() { danger(); }
static void on_data() { harmless(); }
static Handler reset(on_reset);
static Handler data(on_data);
void serve() {
  for (Handler* handler = Handler::first; handler; handler = handler->next) handler->run();
}
int main() { serve(); }
