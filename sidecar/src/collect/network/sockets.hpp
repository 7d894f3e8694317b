#pragma once
// This component provides the collector `sockets`: TCP connections by state, the queues of
// listening ports, and the top talkers, from one list of the kernel's sockets a cycle; the details
// at /api/v1/top_talkers. It tells attack suspicion what it needs. It never keeps the list.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "collect/documents.hpp"
#include "collect/network/inet_diag_dump.hpp"
#include "collect/network/signals.hpp"
#include "collect/network/top_talkers.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

inline constexpr const char* kTopTalkersPath = "/api/v1/top_talkers";

// What /api/v1/top_talkers shows, as JSON.
std::string describe_top_talkers(const TalkerView& view, const config::TopTalkers& settings,
                                 const CycleTime& at, SteadyTime now);

class SocketsSource : public Source {
public:
    using Dump = std::function<Result<std::size_t>(const DumpLimits&,
                                                   const std::function<void(const SocketFacts&)>&)>;

    SocketsSource(const config::TopTalkers& settings, std::chrono::milliseconds timeout,
                  std::shared_ptr<Signals> signals, std::shared_ptr<Documents> documents,
                  Dump dump = dump_tcp_sockets);
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"sockets"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    struct Queue {
        double waiting = 0;
        double limit = 0;
    };
    struct Counts {
        std::array<double, kTcpStates> by_state{};
        std::map<std::uint16_t, Queue> queues;
    };
    // What the web server's threads read.
    struct Newest {
        std::mutex mutex;
        std::shared_ptr<const TalkerView> view;
        CycleTime at;
    };

    static void count(Counts& counts, const SocketFacts& socket);
    static void add_counts(metrics::SampleList& out, const Counts& counts);
    static void add_talkers(metrics::SampleList& out, const TalkerView& view);
    void tell(const Counts& counts, const TalkerView& view, const CycleTime& now);

    config::TopTalkers settings_;
    DumpLimits limits_;
    std::shared_ptr<Signals> signals_;
    std::shared_ptr<Documents> documents_;
    Dump dump_;
    TopTalkers talkers_;
    std::shared_ptr<Newest> newest_ = std::make_shared<Newest>();
};

} // namespace opsmon::collect
