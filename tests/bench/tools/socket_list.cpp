// What the kernel's list of sockets costs, with all that the sidecar makes of it: lists them RUNS
// times, and prints how many there were and the processor time of a list, median and longest.
//
//   bench_socket_list RUNS

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "collect/network/inet_diag_dump.hpp"
#include "collect/network/top_talkers.hpp"

using namespace opsmon;

namespace {

double processor_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

} // namespace

int main(int argc, char** argv) {
    const int runs = argc == 2 ? std::atoi(argv[1]) : 0;
    if (runs < 1) {
        std::fprintf(stderr, "usage: bench_socket_list RUNS\n");
        return 2;
    }
    collect::TalkerSettings settings;
    settings.include_loopback = true;
    collect::TopTalkers talkers(settings);
    std::vector<double> took_ms;
    std::size_t sockets = 0;
    for (int run = 0; run < runs; ++run) {
        const double begun_ms = processor_ms();
        talkers.begin();
        const auto count = collect::dump_tcp_sockets(
            {}, [&](const collect::SocketFacts& socket) { talkers.add(socket); });
        talkers.end(steady_now());
        took_ms.push_back(processor_ms() - begun_ms);
        if (!count) {
            std::fprintf(stderr, "%s\n", count.error().message.c_str());
            return 1;
        }
        sockets = *count;
    }
    std::sort(took_ms.begin(), took_ms.end());
    std::printf("sockets %zu median_ms %.2f longest_ms %.2f\n", sockets,
                took_ms[took_ms.size() / 2], took_ms.back());
    return 0;
}
