#include "wire.h"

namespace maildrop {

namespace {
constexpr std::uint32_t LongestText = 1U << 20;
}

Writer& Writer::text(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

std::string Reader::text() {
  const auto size = number<std::uint32_t>();
  if (failed_ || size > LongestText || size > rest_.size()) return fail<std::string>();
  std::string value(rest_.begin(), rest_.begin() + size);
  rest_ = rest_.subspan(size);
  return value;
}

}  // namespace maildrop
