// One system that uses every kind of row, for tests that damage or explore a table.
#pragma once

#include "targets/microkernel/testing/system_builder.h"

namespace bh::kernel::testing {

inline SystemSpec sample_system() {
  const MethodSpec plain{2, 0, 1, 0, false, {}};
  const MethodSpec bytes{3, 6, 1, 1, false, {{{0, 0, 64}}}};
  const MethodSpec event{1, 1, 0, 0, true, {}};
  const Condition two_clauses = {{{0, 1, 2}, {1, 7, 7, 0xff}}, {{0, 9, 9}}};
  const ProtocolSpec session{BH_INSTANCE_PER_CALLER,
                             2,
                             0,
                             {{0, 0, BH_OUTCOME_OK, 1, 0},
                              {1, 1, BH_OUTCOME_CALL, 1, 2},
                              {1, 0, BH_OUTCOME_ERROR, 0, 0},
                              {1, 1, BH_OUTCOME_ERROR, 0, 0}}};
  const ProtocolSpec shared{BH_INSTANCE_SHARED,
                            2,
                            0,
                            {{0, 0, BH_OUTCOME_CALL, 0, 5},
                             {0, 1, BH_OUTCOME_OK, 1, 0, BH_MOVER_ANYONE, {{0}}},
                             {1, 0, BH_OUTCOME_CALL, 0, 0, BH_MOVER_OTHER},
                             {1, 1, BH_OUTCOME_CALL, 1, 3, BH_MOVER_SAME}},
                            {{1, 20, 0}}};
  SystemSpec system;
  ProfileSpec counted;
  counted.words[0] = BH_KEEP_MULTIPLE;
  counted.multiples[0] = 16;
  counted.one_in = 3;
  ProfileSpec hidden;
  hidden.who = BH_KEEP_HASH;
  hidden.words[1] = BH_KEEP_NOTHING;
  system.components = {
      {{{0, 3, 2, {{1, two_clauses}}, {{1, {counted, hidden}}}}, {1, 1, 0, {}}, {2, 3, 1, {}}},
       false,
       {}},
      {{{2, 2, 0, {{1, {{{0, 4, 4}}}}}}}, false, {}},
      {{}, false, {1, 2, 3}}};
  system.endpoints = {
      {1, {plain, plain}, {session, shared}}, {1, {event}, {}}, {2, {bytes, plain}, {}}};
  return system;
}

}  // namespace bh::kernel::testing
