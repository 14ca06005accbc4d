#include "tests/selinux/linux/guest/matrix.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "tests/selinux/linux/guest/system.h"

namespace bh::guest {
namespace {

constexpr const char* Classes = "/sys/fs/selinux/class";

struct ObjectClass {
  std::string name;
  std::string number;
};

std::vector<ObjectClass> tell_classes() {
  std::vector<ObjectClass> classes;
  for (const std::string& name : names_in(Classes)) {
    const std::string folder = std::string(Classes) + "/" + name;
    std::string line = "class " + name + " " + read_whole(folder + "/index");
    classes.push_back({name, read_whole(folder + "/index")});
    for (const std::string& permission : names_in(folder + "/perms")) {
      line += " " + permission + "=" + read_whole(folder + "/perms/" + permission);
    }
    tell(line);
  }
  return classes;
}

// The permissions that the kernel allows, in hexadecimal; "none" when a context is none.
std::string allowed(const std::string& source, const std::string& target,
                    const std::string& class_number) {
  const std::string question = source + " " + target + " " + class_number + " ffffffff";
  const int file = open("/sys/fs/selinux/access", O_RDWR | O_CLOEXEC);
  if (file < 0) give_up("cannot ask for decisions");
  char answer[256];
  const bool asked = write(file, question.data(), question.size()) >= 0;
  if (!asked && errno != EINVAL) give_up("cannot ask " + question);
  const ssize_t size = asked ? read(file, answer, sizeof answer) : 0;
  close(file);
  if (!asked) return "none";
  if (size <= 0) give_up("no answer to " + question);
  const std::string text(answer, static_cast<size_t>(size));
  return text.substr(0, text.find(' '));
}

}  // namespace

void tell_matrix(const std::vector<std::string>& types) {
  const std::vector<ObjectClass> classes = tell_classes();
  for (const std::string& source : types) {
    for (const std::string& target : types) {
      for (const ObjectClass& each : classes) {
        const std::string bits =
            allowed(object_context(source), object_context(target), each.number);
        if (bits != "0") tell("cell " + source + " " + target + " " + each.name + " " + bits);
      }
    }
  }
  tell("asked " + std::to_string(types.size() * types.size() * classes.size()));
}

void tell_decision(const std::string& source, const std::string& target,
                   const std::string& object_class) {
  static std::map<std::string, std::string> numbers;
  std::string& number = numbers[object_class];
  if (number.empty()) number = read_whole(std::string(Classes) + "/" + object_class + "/index");
  tell("answer " + allowed(source, target, number));
}

}  // namespace bh::guest
