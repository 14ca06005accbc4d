/* Timers are set in another process only. */
struct timer { void (*callback)(void); };
void danger(void);
static void on_time(void) { danger(); }
void parent_main(struct timer *timer) { timer->callback = on_time; }
void child_main(struct timer *timer) { timer->callback(); }
void other_main(struct timer *timer) { timer->callback(); }
