#include "targets/selinux/avc.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bh::selinux {
namespace {

const std::string Denied =
    "avc:  denied  { read write } for  pid=12 comm=\"probe\" name=\"a\" dev=\"tmpfs\" ino=4 "
    "scontext=system_u:system_r:gw_net_t tcontext=system_u:object_r:gw_journal_t:s0-s0:c0.c3,c7 "
    "tclass=file permissive=0";

Avc read(const std::string& line) {
  const Result<std::optional<Avc>> avc = read_avc(line);
  if (avc.has_value() && *avc) return **avc;
  ADD_FAILURE() << line << ": " << (avc.has_value() ? "another kind" : avc.error().message);
  return {};
}

void expect_other(const std::string& line) {
  const Result<std::optional<Avc>> avc = read_avc(line);
  EXPECT_TRUE(avc.has_value() && !*avc) << line;
}

std::string wrong_with(const std::string& line) {
  const Result<std::optional<Avc>> avc = read_avc(line);
  return avc.has_value() ? "nothing" : avc.error().message;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST(Avc, EachFormSaysTheSame) {
  for (const std::string& line :
       {Denied, "type=AVC msg=audit(1795904058.460:12): " + Denied,
        "[   12.345678] audit: type=1400 audit(1795904058.460:12): " + Denied,
        "Nov 28 22:13:20 host kernel: audit: type=1400 audit(1795904058.460:12): " + Denied,
        "type=USER_AVC msg=audit(1795904058.460:12): pid=1 uid=0 auid=4294967295 "
        "subj=system_u:system_r:gw_keys_t msg='" +
            Denied + " exe=\"/usr/bin/keys\" sauid=0 hostname=? addr=? terminal=?'"}) {
    const Avc avc = read(line);
    EXPECT_FALSE(avc.granted);
    EXPECT_EQ(avc.permissive, std::optional(false));
    EXPECT_EQ(avc.permissions, (std::vector<std::string>{"read", "write"}));
    EXPECT_EQ(avc.source, "system_u:system_r:gw_net_t");
    EXPECT_EQ(avc.target, "system_u:object_r:gw_journal_t:s0-s0:c0.c3,c7");
    EXPECT_EQ(avc.object_class, "file");
    EXPECT_EQ(avc.process, std::optional<uint64_t>(12));
    EXPECT_EQ(avc.milliseconds.has_value(), line != Denied);
    EXPECT_EQ(avc.milliseconds.value_or(1795904058460), 1795904058460);
  }
}

TEST(Avc, KnowsWhatWasLetPass) {
  EXPECT_TRUE(read(replaced(Denied, "denied", "granted")).granted);
  EXPECT_EQ(read(replaced(Denied, "permissive=0", "permissive=1")).permissive, std::optional(true));
  EXPECT_EQ(read(replaced(Denied, " permissive=0", "")).permissive, std::nullopt);
}

TEST(Avc, OtherRecordsAreNone) {
  expect_other("");
  expect_other("type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=2 success=no");
  expect_other("audit: type=1404 audit(1.000:2): enforcing=1 old_enforcing=0");
  expect_other("[ 1.0] avc: netlabel is on");
  // Somebody's words, quoted in a record of another kind.
  expect_other("type=USER_LOGIN msg=audit(1.000:3): acct=\"" + Denied + "\"");
}

// A path may hold any text, so none of it counts.
TEST(Avc, WhatAProcessChoosesIsPassedOver) {
  const Avc avc = read(replaced(
      Denied, "\"a\"", "\"/tmp/tclass=x scontext=u:r:other_t tcontext=u:r:t tclass=dir\""));
  EXPECT_EQ(avc.source, "system_u:system_r:gw_net_t");
  EXPECT_EQ(avc.object_class, "file");
  EXPECT_EQ(wrong_with(replaced(Denied, "\"a\"", "\"a\" scontext=u:r:other_t")),
            "it says the same thing twice");
}

TEST(Avc, WhatIsNotWholeIsAnError) {
  EXPECT_EQ(wrong_with("avc:  denied"), "the permissions are missing");
  EXPECT_EQ(wrong_with("avc:  denied  { } for"), "the permissions are missing");
  EXPECT_EQ(wrong_with("avc:  denied  { read for"), "the list of permissions does not end");
  EXPECT_EQ(wrong_with(replaced(Denied, "tclass=file", "")), "it has no class");
  EXPECT_EQ(wrong_with(replaced(Denied, "gw_net_t", "gw\x1b[2Jnet_t")), "a context is none");
  EXPECT_EQ(wrong_with(replaced(Denied, "tclass=file", "tclass=f\x80")), "its class is none");
  EXPECT_EQ(wrong_with(Denied + std::string(20000, ' ')), "it is longer than any that is written");
}

TEST(Avc, EveryPrefixOfALineIsNoDecisionOrSaysLess) {
  for (size_t size = 0; size < Denied.size(); ++size) {
    const Result<std::optional<Avc>> avc = read_avc(Denied.substr(0, size));
    EXPECT_FALSE(avc.has_value() && *avc && (*avc)->permissive) << size;
  }
}

TEST(Avc, SuppressedRecordsAreCounted) {
  EXPECT_EQ(records_suppressed("[ 9.1] kauditd_printk_skb: 12 callbacks suppressed"), 12u);
  EXPECT_EQ(records_suppressed("audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64"),
            3u);
  EXPECT_EQ(records_suppressed(Denied), 0u);
}

TEST(Avc, TheTypeIsTheThirdPartOfAContext) {
  EXPECT_EQ(type_of("system_u:object_r:etc_t"), "etc_t");
  EXPECT_EQ(type_of("system_u:object_r:etc_t:s0-s0:c0.c3"), "etc_t");
  EXPECT_EQ(type_of("etc_t"), "etc_t");
}

RC_GTEST_PROP(Avc, AnyTextIsReadToItsEnd, (std::string text)) {
  (void)read_avc(text);
  (void)read_avc("avc:  denied  {" + text);
  (void)read_avc("avc:  denied  { read } for " + text);
}

}  // namespace
}  // namespace bh::selinux
