int danger();
template <bool On> int maybe() {
  if constexpr (On) return danger();
  return 0;
}
void child_main() {
  (void)sizeof(danger());
  if (0) danger();
  maybe<false>();
}
