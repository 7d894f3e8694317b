#include "collect/network/sockets.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace opsmon::collect {
namespace {

constexpr std::size_t kListeningPortsMax = 4096;
constexpr std::size_t kListeningPortsShown = 20;

TalkerSettings talker_settings(const config::TopTalkers& settings) {
    TalkerSettings out;
    out.count = settings.enabled ? settings.count : 0;
    out.lengths = {settings.ipv4_prefix_bits, settings.ipv6_prefix_bits};
    out.include_loopback = settings.include_loopback;
    return out;
}

const char* type_of(bool is_public) {
    return is_public ? "public" : "private";
}

void add_traffic(metrics::SampleList& out, const Traffic& traffic, const std::string& prefix,
                 bool is_public) {
    const char* type = type_of(is_public);
    out.add<"network_top_talker_connections">(traffic.connections, prefix, type);
    out.add<"network_top_talker_received_bytes_total">(static_cast<double>(traffic.received_bytes),
                                                       prefix, type);
    out.add<"network_top_talker_sent_bytes_total">(static_cast<double>(traffic.sent_bytes), prefix,
                                                   type);
}

} // namespace

SocketsSource::SocketsSource(const config::TopTalkers& settings, std::chrono::milliseconds timeout,
                             std::shared_ptr<Signals> signals, std::shared_ptr<Documents> documents,
                             Dump dump)
    : settings_(settings),
      signals_(std::move(signals)),
      documents_(std::move(documents)),
      dump_(std::move(dump)),
      talkers_(talker_settings(settings)) {
    limits_.time = timeout / 2;
    if (settings_.enabled) {
        documents_->offer(kTopTalkersPath, [newest = newest_, settings] {
            std::unique_lock lock(newest->mutex);
            const auto view = newest->view ? newest->view : std::make_shared<const TalkerView>();
            const CycleTime at = newest->at;
            lock.unlock();
            return describe_top_talkers(*view, settings, at, at.steady);
        });
    }
}

void SocketsSource::count(Counts& counts, const SocketFacts& socket) {
    ++counts.by_state[static_cast<std::size_t>(socket.state)];
    if (socket.state != TcpState::Listen || counts.queues.size() >= kListeningPortsMax) {
        return;
    }
    // One port may be listened on more than once; the fullest counts.
    Queue& queue = counts.queues[socket.local_port];
    const Queue other{static_cast<double>(socket.receive_queue),
                      static_cast<double>(socket.send_queue)};
    if (other.waiting >= queue.waiting) {
        queue = other;
    }
}

void SocketsSource::add_counts(metrics::SampleList& out, const Counts& counts) {
    for (std::size_t state = 1; state < kTcpStates; ++state) {
        out.add<"network_tcp_connections">(counts.by_state[state],
                                           to_string(static_cast<TcpState>(state)));
    }
    std::vector<std::pair<std::uint16_t, Queue>> queues(counts.queues.begin(), counts.queues.end());
    std::stable_sort(queues.begin(), queues.end(), [](const auto& a, const auto& b) {
        return a.second.waiting > b.second.waiting;
    });
    queues.resize(std::min(queues.size(), kListeningPortsShown));
    for (const auto& [port, queue] : queues) {
        out.add<"network_tcp_listen_queue">(queue.waiting, std::to_string(port));
        out.add<"network_tcp_listen_queue_limit">(queue.limit, std::to_string(port));
    }
}

void SocketsSource::add_talkers(metrics::SampleList& out, const TalkerView& view) {
    for (const Talker& talker : view.shown) {
        add_traffic(out, talker.traffic, talker.prefix.to_string(), talker.is_public);
    }
    for (const bool is_public : {false, true}) {
        add_traffic(out, view.other[is_public ? 1 : 0], "other", is_public);
    }
    out.add<"network_top_talkers_suppressed_total">(static_cast<double>(view.suppressed_total));
    out.add<"network_top_talkers_untracked_total">(static_cast<double>(view.untracked_total));
}

void SocketsSource::tell(const Counts& counts, const TalkerView& view, const CycleTime& now) {
    const auto half_open = counts.by_state[static_cast<std::size_t>(TcpState::SynReceived)];
    signals_->put(Signal::SynBacklog, {half_open, "", now.steady});
    signals_->put(Signal::TopPrefixConnections,
                  {view.top_incoming_connections, view.top_incoming_prefix, now.steady});
    signals_->put(Signal::TopPrefixShare,
                  {view.top_incoming_share, view.top_incoming_prefix, now.steady});
}

std::vector<CollectorReport> SocketsSource::collect(const CycleTime& now, const StopSignal&) {
    CollectorReport report;
    report.collector = "sockets";
    Counts counts;
    talkers_.begin();
    const auto dumped = dump_(limits_, [&](const SocketFacts& socket) {
        count(counts, socket);
        talkers_.add(socket);
    });
    if (!dumped) {
        report.error = dumped.error().message;
        return {report};
    }
    auto view = std::make_shared<const TalkerView>(talkers_.end(now.steady));
    add_counts(report.samples, counts);
    if (settings_.enabled) {
        add_talkers(report.samples, *view);
    }
    tell(counts, *view, now);
    const std::lock_guard lock(newest_->mutex);
    newest_->view = std::move(view);
    newest_->at = now;
    report.success = *dumped < limits_.sockets;
    if (!report.success) {
        report.error = "more than " + std::to_string(limits_.sockets) +
                       " TCP sockets; those beyond are not counted";
    }
    return {report};
}

} // namespace opsmon::collect
