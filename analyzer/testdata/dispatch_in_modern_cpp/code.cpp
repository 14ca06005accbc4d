// Ways in which C++ of today calls what it was given: each danger is found, or its call is undecided.
#include <algorithm>
#include <any>
#include <array>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
#include <coroutine>
void d1(); void d2(); void d3(); void d4(); void d5(); void d6(); void d7(); void d8(); void d9(); void d10();
void d11(); void d12(); void d13(); void d14(); void d15(); void d16(); void d17(); void d18(); void d19(); void d20(); void d21(); void d22();
int pick();
typedef void (*Fn)();
std::map<int, std::function<void()>> handlers;
static std::unordered_map<std::string, Fn> table{{"a", d2}, {"b", d3}};
struct I { virtual ~I() = default; virtual void go() = 0; };
struct C4 : I { void go() override { d4(); } };
struct C5 { void operator()(int) const { d5(); } void operator()(std::string) const { d6(); } };
struct C7 { void run() { d7(); } void start() { std::thread t(&C7::run, this); t.join(); } };
struct C8 { void go(int) { d8(); } std::function<void()> f; C8() : f(std::bind(&C8::go, this, 1)) {} };
template <class H> struct Server { H h; void run() { h.on(); } };
struct H9 { void on() { d9(); } };
static void each10(int) { d10(); }
struct C12 { ~C12() { d12(); } };
std::optional<C12> make12() { return C12{}; }
constexpr std::array<Fn, 2> t13 = {d13, d13};
struct Base14 { template <class T> void call() { static_cast<T*>(this)->impl(); } };
struct D14 : Base14 { void impl() { d14(); } };
struct C15 { operator bool() const { d15(); return true; } };
auto make16(Fn f) { return [f](int n) { if (n) f(); }; }
struct Event { std::string name; std::function<void(int)> action; };
struct Loop { std::vector<Event> events; void add(std::string n, std::function<void(int)> a) { events.push_back({std::move(n), std::move(a)}); }
  void run() { for (auto& e : events) e.action(1); } };
struct Task { struct promise_type { Task get_return_object() { return {}; } std::suspend_never initial_suspend() { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; } void return_void() {} void unhandled_exception() {} }; };
Task co18() { d18(); co_return; }
struct Outer19 { struct Inner { void go() { d19(); } }; std::unique_ptr<Inner> impl = std::make_unique<Inner>(); void go() { impl->go(); } };
void serve() {
  handlers[1] = d1; handlers.at(pick())();
  table.at("a")();
  std::vector<std::unique_ptr<I>> all; all.push_back(std::make_unique<C4>()); for (auto& i : all) i->go();
  std::variant<int, std::string> v; std::visit(C5{}, v);
  C7().start();
  C8 c8; c8.f();
  Server<H9>().run();
  std::vector<int> n{1}; std::for_each(n.begin(), n.end(), each10);
  std::once_flag once; std::call_once(once, d11);
  make12();
  t13[pick()]();
  D14().call<D14>();
  if (C15{}) pick();
  make16(d16)(1);
  Loop loop; loop.add("x", [](int) { d17(); }); loop.run();
  co18();
  Outer19().go();
  auto f20 = std::async([] { d20(); }); f20.get();
  std::tuple<Fn, int> t21{d21, 1}; std::get<0>(t21)();
  auto [f22, n22] = std::pair<Fn, int>(d22, 1); f22();
}
int main() { serve(); }
