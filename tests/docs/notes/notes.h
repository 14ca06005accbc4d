enum { NOTE_SAVE = 1, NOTE_DROP = 2 };

struct note {
  int kind;
  int slot;
  char text[120];
};

void parser_main(int client);
void store_main(int requests);
int store_call(int kind, int slot);
