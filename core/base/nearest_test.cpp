#include "core/base/nearest.h"

#include <gtest/gtest.h>

namespace bh {
namespace {

TEST(Nearest, SuggestsWhatWasMeant) {
  const std::vector<std::string_view> names = {"Network", "Parser", "KeyStore", "Key"};
  EXPECT_EQ(nearest("Netwrok", names), "Network");
  EXPECT_EQ(nearest("parser", names), "Parser");
  EXPECT_EQ(nearest("KeyStor", names), "KeyStore");
  EXPECT_EQ(nearest("Journal", names), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(nearest("", names), "");
}

}  // namespace
}  // namespace bh
