void send_request(int kind, int slot);
void child_main(int slot) {
  send_request(2, 2);
  send_request(2, slot);
  send_request(2, 300);
}
