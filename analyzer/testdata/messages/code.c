enum kind { REQ_ASK = 2, REQ_TELL = 4, REQ_STEAL = 6 };
void send_request(enum kind kind, int slot);
void child_main(int slot, enum kind computed) {
  send_request(REQ_ASK, 1);
  send_request(REQ_ASK, 3);
  send_request(REQ_ASK, slot);
  send_request(REQ_TELL, 0);
  send_request(REQ_STEAL, 0);
  send_request(computed, 0);
  void (*indirectly)(enum kind, int) = send_request;
  indirectly(REQ_ASK, 2);
}
