// Wakes up every MILLISECONDS, as a latch of PostgreSQL does, and does nothing: the least that any
// process costs that looks at something so often on this machine.
//
//   bench_only_wakes MILLISECONDS

#include <cstdio>
#include <cstdlib>

#include <sys/epoll.h>

int main(int argc, char** argv) {
    const int milliseconds = argc == 2 ? std::atoi(argv[1]) : 0;
    const int set = epoll_create1(EPOLL_CLOEXEC);
    if (milliseconds <= 0 || set < 0) {
        std::fputs("usage: bench_only_wakes MILLISECONDS\n", stderr);
        return 1;
    }
    for (;;) {
        epoll_event event;
        (void)epoll_wait(set, &event, 1, milliseconds);
    }
}
