// Functions that initialisers of members, aggregates and captures store, each called through where it was put.
#include <memory>
#include <utility>
void d1(); void d2(); void d3(); void d4(); void d5(); void d6(); void d7(); void d8(); void d9(); void d10();
void d11(); void d12(); void d14(); void d15(); void d16(); void d17(); void d18(); void d19(); void d20(); void d21();
typedef void (*Fn)();
struct A1 { A1(Fn f) : f(f) {} Fn f; };
struct A2 { Fn f = d2; };
struct A3 { int x; Fn f = d3; };
struct A4 { A4(Fn a, Fn b) : t{a, b} {} Fn t[2]; };
struct A5 { int n; Fn t[2]; };
static const A5 a5 = {2, {d5, d5}};
struct B6 { int k; };
struct A6 : B6 { Fn f; int z; };
struct A7 { A7(void (&f)()) : f(f) {} void (&f)(); };
struct A8 { A8(Fn f) : A8(f, 1) {} A8(Fn f, int) : f(f) {} Fn f; };
struct B9 { B9(Fn f) : f(f) {} Fn f; };
struct A9 : B9 { using B9::B9; };
struct A10 { Fn f; int n; };
struct A11 { explicit A11(A10 o) : inner(o) {} A10 inner; };
template <class F> struct A12 { A12(F f) : f(f) {} F f; void go() { f(); } };
struct I14 { virtual void go() = 0; };
struct C14 : I14 { void go() override { d14(); } };
struct A14 { A14(std::unique_ptr<I14> i) : i(std::move(i)) {} std::unique_ptr<I14> i; };
struct A15 { void (A15::*m)(); A15() : m(&A15::go) {} void go() { d15(); } };
struct A16 { static inline Fn f = d16; };
union U17 { U17(Fn f) : f(f) {} Fn f; long l; };
void serve() {
  A1 a1(d1); a1.f();
  A2 a2; a2.f();
  A3 a3{1}; a3.f();
  A4 a4(d4, d4); a4.t[1]();
  a5.t[0]();
  A6 a6{{1}, d6, 2}; a6.f();
  A7 a7(d7); a7.f();
  A8 a8(d8); a8.f();
  A9 a9(d9); a9.f();
  A11 a11(A10{d10, 1}); a11.inner.f();
  Fn f11 = d11; auto l11 = [f11] { f11(); }; l11();
  A12<Fn> a12(d12); a12.go();
  A14 a14(std::make_unique<C14>()); a14.i->go();
  A15 a15; (a15.*a15.m)();
  A16::f();
  U17 u17(d17); u17.f();
  auto l18 = [f = d18] { f(); }; l18();
  Fn f19 = nullptr; auto l19 = [&f19] { f19 = d19; }; l19(); f19();
  Fn f20{d20}; f20();
  A10 a21(d21, 1); a21.f();
}
int main() { serve(); }
