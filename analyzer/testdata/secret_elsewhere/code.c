struct keys { int count; char *secret; };
static char key_table[32];
static struct keys *keys;
int send(const char *at);

static char first(const char *table) { return table[0]; }
void holder_main(void) { send(key_table); }
int outsider_main(void) {
  return first(key_table) + (keys->secret != 0) + keys->count;
}
void cleaner_main(void) { key_table[0] = 0; }
