#include "core/source/source.h"

#include <gtest/gtest.h>

namespace bh {
namespace {

TEST(SourceMap, PositionsCountFromOne) {
  SourceMap sources;
  const FileId file = sources.add("a.bh", "one\r\ntwo\n\nfour");
  EXPECT_EQ(sources.print({file, 0, 3}), "a.bh:1:1");
  EXPECT_EQ(sources.print({file, 6, 7}), "a.bh:2:2");
  EXPECT_EQ(sources.print({file, 10, 14}), "a.bh:4:1");
  EXPECT_EQ(sources.text({file, 5, 8}), "two");
  EXPECT_EQ(sources[file].line_text(1), "one");
  EXPECT_EQ(sources[file].line_text(3), "");
  EXPECT_EQ(sources[file].line_text(4), "four");
  EXPECT_EQ(sources[file].line_text(5), "");
}

TEST(SourceMap, OffsetsPastTheEndAreTheEnd) {
  const SourceFile file("a.bh", "ab");
  EXPECT_EQ(file.position(99).column, 3u);
}

TEST(Span, JoinCoversBoth) {
  const FileId file(0);
  EXPECT_EQ(join({file, 2, 4}, {file, 7, 9}), (Span{file, 2, 9}));
  EXPECT_EQ(join({}, {file, 7, 9}), (Span{file, 7, 9}));
}

}  // namespace
}  // namespace bh
