// Looks at a volume a thousand times a second, and with a connection string also at how far WAL has
// been written, until it is ended. Prints a line for each look: wall clock in microseconds, bytes
// free, bytes of WAL ever written (0: not known), and when that was learned. It looks from outside:
// what it tells does not depend on anything the guard says of itself, nor on the server being
// alive.
//
//   probe VOLUME [CONNECTION-STRING]

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/statvfs.h>

#include <libpq-fe.h>

namespace {

volatile std::sig_atomic_t ended = 0;

std::int64_t now_us() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

std::uint64_t free_bytes(const char* path) {
    struct statvfs answer {};
    return statvfs(path, &answer) == 0 ? std::uint64_t{answer.f_frsize} * answer.f_bavail : 0;
}

// Asks for the position without ever waiting for the answer longer than a look takes.
class WalPosition {
public:
    explicit WalPosition(const char* connection) : connection_(PQconnectdb(connection)) {
        if (PQstatus(connection_) != CONNECTION_OK) {
            std::fprintf(stderr, "probe: %s", PQerrorMessage(connection_));
            std::exit(1);
        }
    }

    void look(int patience_ms) {
        if (PQstatus(connection_) != CONNECTION_OK) {
            return;
        }
        if (!asked_) {
            asked_ = PQsendQuery(connection_, "SELECT pg_current_wal_insert_lsn() - '0/0'") == 1;
        }
        pollfd socket{PQsocket(connection_), POLLIN, 0};
        if (poll(&socket, 1, patience_ms) <= 0 || PQconsumeInput(connection_) != 1) {
            return;
        }
        while (asked_ && !PQisBusy(connection_)) {
            PGresult* result = PQgetResult(connection_);
            asked_ = result != nullptr;
            if (PQresultStatus(result) == PGRES_TUPLES_OK) {
                bytes = std::strtoull(PQgetvalue(result, 0, 0), nullptr, 10);
                learned_at = now_us();
            }
            PQclear(result);
        }
    }

    std::uint64_t bytes = 0;
    std::int64_t learned_at = 0;

private:
    PGconn* connection_;
    bool asked_ = false;
};

} // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "probe: which volume?\n");
        return 2;
    }
    std::signal(SIGTERM, [](int) { ended = 1; });
    std::signal(SIGINT, [](int) { ended = 1; });
    WalPosition* position = count > 2 ? new WalPosition(arguments[2]) : nullptr;
    constexpr std::int64_t kLookUs = 1'000;
    for (std::int64_t next = now_us(); ended == 0; next += kLookUs) {
        if (position != nullptr) {
            position->look(1);
        }
        std::printf("%lld %llu %llu %lld\n", static_cast<long long>(now_us()),
                    static_cast<unsigned long long>(free_bytes(arguments[1])),
                    static_cast<unsigned long long>(position ? position->bytes : 0),
                    static_cast<long long>(position ? position->learned_at : 0));
        const std::int64_t left_us = next + kLookUs - now_us();
        if (left_us > 0) {
            const timespec pause{0, static_cast<long>(left_us) * 1'000};
            nanosleep(&pause, nullptr);
        } else {
            next = now_us() - kLookUs; // late: no looks are made up for
        }
        std::fflush(stdout);
    }
    return 0;
}
