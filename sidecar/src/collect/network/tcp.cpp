#include "collect/network/tcp.hpp"

#include <unistd.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxFileBytes = 256 << 10;
constexpr double kFewSegmentsPerSecond = 100.0 / 60;

// One number of a line of several, as /proc/sys has them.
std::optional<double> number_in(const std::string& path, std::size_t word) {
    const auto text = read_file(path, kMaxFileBytes);
    if (!text) {
        return std::nullopt;
    }
    const auto words = split_words(trim(*text), word + 1);
    const auto count = words.size() > word ? parse_count(words[word]) : std::nullopt;
    return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
}

std::optional<double> pages_as_bytes(std::optional<double> pages) {
    return pages ? std::optional(*pages * static_cast<double>(::sysconf(_SC_PAGESIZE)))
                 : std::nullopt;
}

void show_sockets(const TcpFacts& facts, metrics::SampleList& out) {
    out.add<"network_tcp_established">(facts.counters.find("Tcp.CurrEstab"));
    out.add<"network_tcp_time_wait">(facts.ipv4.tcp_time_wait);
    out.add<"network_tcp_orphaned">(facts.ipv4.tcp_orphaned);
    out.add<"network_tcp_orphaned_limit">(facts.max_orphans);
    out.add<"network_tcp_sockets_in_use">(facts.ipv4.tcp_in_use, "ipv4");
    out.add<"network_tcp_sockets_in_use">(facts.ipv6.tcp_in_use, "ipv6");
    out.add<"network_tcp_sockets_allocated">(facts.ipv4.tcp_allocated);
    out.add<"network_tcp_memory_bytes">(pages_as_bytes(facts.ipv4.tcp_memory_pages));
    out.add<"network_tcp_memory_limit_bytes">(pages_as_bytes(facts.memory_limit_pages));
    out.add<"network_tcp_syn_backlog">(facts.half_open);
    out.add<"network_tcp_syn_backlog_limit">(facts.syn_backlog_limit);
}

void show_segments(const CounterTable& all, metrics::SampleList& out) {
    const auto get = [&](std::string_view name) { return all.find(name); };
    out.add<"network_tcp_segments_received_total">(get("Tcp.InSegs"));
    out.add<"network_tcp_segments_sent_total">(get("Tcp.OutSegs"));
    out.add<"network_tcp_segments_retransmitted_total">(get("Tcp.RetransSegs"));
    out.add<"network_tcp_receive_errors_total">(get("Tcp.InErrs"));
    out.add<"network_tcp_active_opens_total">(get("Tcp.ActiveOpens"));
    out.add<"network_tcp_passive_opens_total">(get("Tcp.PassiveOpens"));
    out.add<"network_tcp_attempt_fails_total">(get("Tcp.AttemptFails"));
    out.add<"network_tcp_established_resets_total">(get("Tcp.EstabResets"));
    out.add<"network_tcp_resets_sent_total">(get("Tcp.OutRsts"));
    out.add<"network_tcp_timeouts_total">(get("TcpExt.TCPTimeouts"));
    out.add<"network_tcp_syn_retransmits_total">(get("TcpExt.TCPSynRetrans"));
    out.add<"network_udp_datagrams_received_total">(get("Udp.InDatagrams"), "ipv4");
    out.add<"network_udp_datagrams_received_total">(get("Udp6InDatagrams"), "ipv6");
    out.add<"network_udp_no_port_total">(get("Udp.NoPorts"), "ipv4");
    out.add<"network_udp_no_port_total">(get("Udp6NoPorts"), "ipv6");
    out.add<"network_udp_receive_errors_total">(get("Udp.InErrors"), "ipv4");
    out.add<"network_udp_receive_errors_total">(get("Udp6InErrors"), "ipv6");
}

void show_queues(const CounterTable& all, metrics::SampleList& out) {
    const auto get = [&](std::string_view name) { return all.find(name); };
    out.add<"network_tcp_syn_cookies_sent_total">(get("TcpExt.SyncookiesSent"));
    out.add<"network_tcp_syn_cookies_received_total">(get("TcpExt.SyncookiesRecv"));
    out.add<"network_tcp_syn_cookies_failed_total">(get("TcpExt.SyncookiesFailed"));
    out.add<"network_tcp_syn_queue_full_total">(get("TcpExt.TCPReqQFullDoCookies"), "cookie");
    out.add<"network_tcp_syn_queue_full_total">(get("TcpExt.TCPReqQFullDrop"), "drop");
    out.add<"network_tcp_listen_overflows_total">(get("TcpExt.ListenOverflows"));
    out.add<"network_tcp_listen_drops_total">(get("TcpExt.ListenDrops"));
    out.add<"network_tcp_backlog_drops_total">(get("TcpExt.TCPBacklogDrop"));
    out.add<"network_tcp_memory_pressures_total">(get("TcpExt.TCPMemoryPressures"));
    out.add<"network_tcp_memory_aborts_total">(get("TcpExt.TCPAbortOnMemory"));
}

// Reads a file and understands it; its name goes into the error of either.
template <typename T, typename Parse>
Result<T> read_and_parse(const std::string& proc, const std::string& name, Parse parse) {
    const auto text = read_file(proc + name, kMaxFileBytes);
    if (!text) {
        return text.error();
    }
    auto parsed = parse(*text);
    return parsed ? std::move(parsed) : Result<T>(parsed.error().with_prefix(proc + name));
}

} // namespace

std::optional<double> retransmit_ratio(std::optional<double> retransmitted_per_second,
                                       std::optional<double> sent_per_second) {
    if (!retransmitted_per_second || !sent_per_second || *sent_per_second < kFewSegmentsPerSecond) {
        return std::nullopt;
    }
    return *retransmitted_per_second / *sent_per_second;
}

Result<TcpFacts> Tcp::read() const {
    TcpFacts out;
    auto snmp = read_and_parse<CounterTable>(proc_, "/net/snmp", parse_counter_pairs);
    auto netstat = read_and_parse<CounterTable>(proc_, "/net/netstat", parse_counter_pairs);
    const auto sockstat = read_and_parse<SocketCounts>(proc_, "/net/sockstat", parse_sockstat);
    if (!snmp || !netstat || !sockstat) {
        return !snmp ? snmp.error() : !netstat ? netstat.error() : sockstat.error();
    }
    out.counters = std::move(*snmp);
    out.counters.merge(*netstat);
    out.ipv4 = *sockstat;
    // Without IPv6 there are no such files.
    if (auto six = read_and_parse<CounterTable>(proc_, "/net/snmp6", parse_counter_lines)) {
        out.counters.merge(*six);
    }
    if (const auto six = read_and_parse<SocketCounts>(proc_, "/net/sockstat6", parse_sockstat)) {
        out.ipv6 = *six;
    }
    const std::string settings = proc_ + "/sys/net/ipv4/";
    out.max_orphans = number_in(settings + "tcp_max_orphans", 0);
    out.memory_limit_pages = number_in(settings + "tcp_mem", 2);
    out.syn_backlog_limit = number_in(settings + "tcp_max_syn_backlog", 0);
    return out;
}

void Tcp::show(const TcpFacts& facts, SteadyTime now, metrics::SampleList& out, TcpRates& rates) {
    show_sockets(facts, out);
    show_segments(facts.counters, out);
    show_queues(facts.counters, out);
    const auto get = [&](std::string_view name) { return facts.counters.find(name); };
    rates.passive_opens = passive_opens_.add(get("Tcp.PassiveOpens"), now);
    rates.cookies_sent = cookies_sent_.add(get("TcpExt.SyncookiesSent"), now);
    rates.cookies_received = cookies_received_.add(get("TcpExt.SyncookiesRecv"), now);
    rates.queue_full_drops = queue_full_drops_.add(get("TcpExt.TCPReqQFullDrop"), now);
    rates.syn_backlog_limit = facts.syn_backlog_limit;
    const auto overflows = get("TcpExt.ListenOverflows");
    rates.listen_overflows = listen_overflows_now_.add(overflows, now);
    out.add<"network_tcp_passive_opens_per_second">(rates.passive_opens);
    out.add<"network_tcp_listen_overflows_per_second">(listen_overflows_.add(overflows, now));
    const auto retransmitted = retransmitted_.add(get("Tcp.RetransSegs"), now);
    out.add<"network_tcp_retransmit_ratio">(
        retransmit_ratio(retransmitted, sent_.add(get("Tcp.OutSegs"), now)));
}

CollectorReport Tcp::collect(SteadyTime now, std::optional<double> half_open, TcpRates& rates) {
    CollectorReport report;
    report.collector = "tcp";
    auto facts = read();
    if (!facts) {
        report.error = facts.error().message;
        return report;
    }
    facts->half_open = half_open;
    show(*facts, now, report.samples, rates);
    report.success = true;
    return report;
}

} // namespace opsmon::collect
