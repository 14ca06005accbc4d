#pragma GCC system_header
#include <memory>
#include <vector>
template <class T>
class Registry {
 public:
  void add() { entries_.push_back(std::shared_ptr<Entry>(new Entry)); }

 private:
  struct Entry {
    std::unique_ptr<T> value{new T};
  };
  std::vector<std::shared_ptr<Entry>> entries_;
};
struct Plain {
  int tag = 0;
};
template <template <class> class Box>
void unpack() {
  Box<Plain> box;
}
template <auto Value>
int number() {
  return +Value;
}
template <class T>
void each(T* object) {
  auto visit = [object](auto step) { (object->*step)(); };
  visit(&T::seen);
}
namespace library {
template <class T>
class Watchers {
 public:
  template <class... More>
  void add(More*... more) {
    (all_.push_back(more), ...);
  }
  void tell() { tell_all(all_); }
  template <class List>
  void tell_all(List& list);

 private:
  std::vector<T*> all_;
};
template <class T>
template <class List>
void Watchers<T>::tell_all(List& list) {
  for (T* each : list) each->told();
}
}  // namespace library
