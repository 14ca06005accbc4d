// The library makes, uses and destroys objects of the program's types.
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>
void danger(int);
struct Made { Made() { danger(1); } };
struct Base { virtual ~Base(); };
struct Gone : Base { ~Gone() override { danger(2); } };
Base::~Base() {}
struct Key { int k; };
bool operator<(const Key& a, const Key& b) { danger(3); return a.k < b.k; }
struct Call { void operator()() const { danger(4); } };
std::unique_ptr<Base> make() { return std::make_unique<Gone>(); }
void child_main() {
  auto made = std::make_shared<Made>();
  { std::unique_ptr<Base> gone = make(); }
  std::vector<Key> keys(3);
  std::sort(keys.begin(), keys.end());
  std::function<void()> call = Call{};
  call();
}
