struct row { int flags; void (*answer)(void); };
#define ONCE 1
void permit_all(void);
static void answer_m0(void) {}
static void answer_m1(void) {}
static void answer_m2(void) {}
static void answer_m3(void) {}
static void answer_m4(void) {}
static void answer_m5(void) {}
static void answer_m6(void) {}
static void answer_m7(void) {}
static void answer_m8(void) {}
static void answer_m9(void) {}
static void answer_m10(void) {}
static void answer_m11(void) {}
static void answer_m12(void) {}
static void answer_m13(void) {}
static void answer_m14(void) {}
static void answer_m15(void) {}
static const struct row rows[] = {
    {ONCE, answer_m0},
    {ONCE, answer_m1},
    {ONCE, answer_m2},
    {ONCE, answer_m3},
    {ONCE, answer_m4},
    {ONCE, answer_m5},
    {ONCE, answer_m6},
    {ONCE, answer_m7},
    {ONCE, answer_m8},
    {ONCE, answer_m9},
    {ONCE, answer_m10},
    {ONCE, answer_m11},
    {ONCE, answer_m12},
    {ONCE, answer_m13},
    {ONCE, answer_m14},
    {ONCE, answer_m15},
};
void monitor_main(int i) {
  permit_all();
  rows[i].answer();
}
