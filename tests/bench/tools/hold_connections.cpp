// Opens TCP connections over loopback and holds them until its standard input ends: with N
// connections the kernel has 2 N sockets to list. Each connection comes from one of PREFIXES
// different /24 networks (127.1.0.0/24, 127.1.1.0/24, …), so that top talkers have something to
// tell apart; with IPv6 all come from ::1. With BYTES, each client sends that many once, and the
// server has read them before anything is said. Prints "ready CONNECTIONS PORT" when all stand.
// The two ends live in two processes, so that each needs only N file descriptors.
//
//   bench_hold_connections CONNECTIONS [PREFIXES [BYTES]] [-6]
//   e.g.: bench_hold_connections 10000 100 < fifo > out &

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr long kConnectionsMax = 100'000;
constexpr long kPrefixesMax = 256 * 250;
constexpr long kBytesMax = 60'000; // fits into a socket's buffer: nobody waits for the other
constexpr int kPatience_ms = 20'000;
constexpr int kSpareFiles = 32;

struct Wanted {
    long connections = 0;
    long prefixes = 1;
    long bytes = 0;
    bool ipv6 = false;
};

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "sockets: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

long number(const char* text, long min, long max) {
    char* end = nullptr;
    const long out = std::strtol(text, &end, 10);
    if (end == text || *end != '\0' || out < min || out > max) {
        std::fprintf(stderr, "sockets: '%s' is not a number from %ld to %ld\n", text, min, max);
        std::exit(2);
    }
    return out;
}

Wanted read_arguments(int argc, char** argv) {
    Wanted out;
    std::vector<const char*> numbers;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "-6") == 0) {
            out.ipv6 = true;
        } else {
            numbers.push_back(argv[i]);
        }
    }
    if (numbers.empty() || numbers.size() > 3) {
        std::fprintf(stderr, "usage: bench_hold_connections CONNECTIONS [PREFIXES [BYTES]] [-6]\n");
        std::exit(2);
    }
    out.connections = number(numbers[0], 1, kConnectionsMax);
    out.prefixes = numbers.size() > 1 ? number(numbers[1], 1, kPrefixesMax) : 1;
    out.bytes = numbers.size() > 2 ? number(numbers[2], 0, kBytesMax) : 0;
    return out;
}

void allow_files(long count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const auto needed = static_cast<rlim_t>(count + kSpareFiles);
    limit.rlim_cur = std::max(limit.rlim_cur, needed);
    limit.rlim_max = std::max(limit.rlim_max, needed); // beyond the old one: root only
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fail("too few open files allowed (ulimit -n)");
    }
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address loopback(bool ipv6, std::uint32_t ipv4, std::uint16_t port) {
    Address out;
    if (ipv6) {
        auto* address = reinterpret_cast<sockaddr_in6*>(&out.storage);
        address->sin6_family = AF_INET6;
        address->sin6_addr = in6addr_loopback;
        address->sin6_port = htons(port);
        out.size = sizeof *address;
    } else {
        auto* address = reinterpret_cast<sockaddr_in*>(&out.storage);
        address->sin_family = AF_INET;
        address->sin_addr.s_addr = htonl(ipv4);
        address->sin_port = htons(port);
        out.size = sizeof *address;
    }
    return out;
}

int open_socket(bool ipv6) {
    const int out = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out < 0) {
        fail("socket");
    }
    return out;
}

int listen_somewhere(bool ipv6, std::uint16_t& port) {
    const int out = open_socket(ipv6);
    Address at = loopback(ipv6, INADDR_LOOPBACK, 0);
    if (bind(out, at.get(), at.size) != 0 || listen(out, 4096) != 0 ||
        getsockname(out, at.get(), &at.size) != 0) {
        fail("listen");
    }
    port = ipv6 ? ntohs(reinterpret_cast<sockaddr_in6*>(&at.storage)->sin6_port)
                : ntohs(reinterpret_cast<sockaddr_in*>(&at.storage)->sin_port);
    return out;
}

// 127.1.0.1, 127.1.1.1, …: every one of them is local.
std::uint32_t source_of(long connection, long prefixes) {
    const auto prefix = static_cast<std::uint32_t>(connection % prefixes);
    return (127U << 24) | ((1 + prefix / 256) << 16) | ((prefix % 256) << 8) | 1;
}

int connect_one(const Wanted& wanted, long connection, std::uint16_t port) {
    const int out = open_socket(wanted.ipv6);
    const int on = 1;
    // The port is chosen when the peer is known: each source address has all of them.
    setsockopt(out, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    Address from = loopback(wanted.ipv6, source_of(connection, wanted.prefixes), 0);
    Address to = loopback(wanted.ipv6, INADDR_LOOPBACK, port);
    if (bind(out, from.get(), from.size) != 0 || connect(out, to.get(), to.size) != 0) {
        fail("connect");
    }
    const std::string payload(static_cast<std::size_t>(wanted.bytes), 'x');
    if (wanted.bytes > 0 && send(out, payload.data(), payload.size(), 0) != wanted.bytes) {
        fail("send");
    }
    return out;
}

void wait_readable(int file, const char* what) {
    pollfd waiting{file, POLLIN, 0};
    if (poll(&waiting, 1, kPatience_ms) <= 0) {
        fail(what);
    }
}

// The server's end: accepts and reads all, says so, and holds on until `until_closed` ends.
[[noreturn]] void serve(const Wanted& wanted, int listening, int ready, int until_closed) {
    std::array<char, 4096> buffer{};
    for (long i = 0; i < wanted.connections; ++i) {
        wait_readable(listening, "nobody connects");
        const int peer = accept(listening, nullptr, nullptr);
        if (peer < 0) {
            fail("accept");
        }
        for (long left = wanted.bytes; left > 0;) {
            wait_readable(peer, "nothing is sent");
            const ssize_t got = recv(peer, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                fail("recv");
            }
            left -= got;
        }
    }
    if (write(ready, "r", 1) != 1) {
        fail("write");
    }
    // The end of the other process ends this one too, however it came.
    while (read(until_closed, buffer.data(), buffer.size()) > 0) {
    }
    std::_Exit(0);
}

} // namespace

int main(int argc, char** argv) {
    const Wanted wanted = read_arguments(argc, argv);
    allow_files(wanted.connections);
    std::uint16_t port = 0;
    const int listening = listen_somewhere(wanted.ipv6, port);
    int ready[2];
    int alive[2];
    if (pipe(ready) != 0 || pipe(alive) != 0) {
        fail("pipe");
    }
    const pid_t server = fork();
    if (server < 0) {
        fail("fork");
    }
    if (server == 0) {
        close(ready[0]);
        close(alive[1]);
        serve(wanted, listening, ready[1], alive[0]);
    }
    close(listening);
    close(ready[1]);
    close(alive[0]);
    for (long i = 0; i < wanted.connections; ++i) {
        connect_one(wanted, i, port);
    }
    char byte = 0;
    if (read(ready[0], &byte, 1) != 1) {
        fail("the server's end is gone");
    }
    std::printf("ready %ld %u\n", wanted.connections, port);
    std::fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    close(alive[1]);
    waitpid(server, nullptr, 0);
    return 0;
}
