// A name that is written without its namespace, and one with letters swapped.
namespace net {
void serve();
void serve() {}
void receive() { serve(); }
}  // namespace net
int main() { net::receive(); }
