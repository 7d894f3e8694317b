#include "collect/network/attack.hpp"

#include <array>
#include <charconv>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::string_view kKind = "attack_baseline";
constexpr std::chrono::minutes kKeepInterval{10};
constexpr std::size_t kMaxDetailBytes = 200;

std::string plain(double number) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return {buffer.data(), end.ptr};
}

void show(const Verdict& verdict, metrics::SampleList& out) {
    const std::string_view reason = kReasonNames[static_cast<std::size_t>(verdict.reason)];
    out.add<"network_attack_suspected">(verdict.suspected ? 1 : 0, reason);
    out.add<"network_attack_signal">(verdict.value, reason);
    out.add<"network_attack_threshold">(verdict.threshold, reason);
    out.add<"network_attack_baseline">(verdict.baseline, reason);
    if (verdict.since) {
        out.add<"network_attack_since_timestamp_seconds">(
            static_cast<double>(*verdict.since) / 1000, reason);
        out.add<"network_attack_info">(1, reason, verdict.detail.substr(0, kMaxDetailBytes));
    }
}

} // namespace

SteadyTime oldest_that_counts(std::optional<SteadyTime> cycle_before, SteadyTime now) {
    const SteadyTime::duration cycle = cycle_before ? now - *cycle_before : SteadyTime::duration{};
    return now - std::max<SteadyTime::duration>(kFresh, 2 * cycle);
}

std::optional<Reading> fresh(const Signals& signals, Signal signal, SteadyTime oldest) {
    auto reading = signals.newest(signal);
    if (reading && (reading->at < oldest || !std::isfinite(reading->value))) {
        reading.reset();
    }
    return reading;
}

AttackFacts gather(const PublicTraffic& traffic, const TcpRates& rates, const Signals& signals,
                   SteadyTime oldest) {
    AttackFacts out;
    out.receive_percent = traffic.receive_percent;
    out.received_per_second = traffic.received_per_second.value_or(0);
    out.sent_per_second = traffic.sent_per_second.value_or(0);
    out.interface = traffic.interface;
    out.public_packets = traffic.packets_per_second;
    out.passive_opens = rates.passive_opens;
    out.cookies_sent = rates.cookies_sent;
    out.cookies_received = rates.cookies_received;
    out.queue_full_drops = rates.queue_full_drops;
    out.listen_overflows = rates.listen_overflows;
    out.half_open_limit = rates.syn_backlog_limit;
    if (const auto reading = fresh(signals, Signal::SynBacklog, oldest)) {
        out.half_open = reading->value;
    }
    if (const auto reading = fresh(signals, Signal::TopPrefixShare, oldest)) {
        out.prefix_share = reading->value;
    }
    if (const auto reading = fresh(signals, Signal::TopPrefixConnections, oldest)) {
        out.prefix_connections = reading->value;
        out.prefix = reading->detail;
    }
    if (const auto reading = fresh(signals, Signal::ClientRequestRate, oldest)) {
        out.request_rate = reading->value;
        out.request_client = reading->detail;
    }
    return out;
}

std::string days_as_text(const std::vector<DailyPeaks::Day>& days) {
    std::string out;
    for (const DailyPeaks::Day& day : days) {
        out += std::to_string(day.day) + ' ' + plain(day.ordinary) + ' ' + plain(day.suspected) +
               ' ' + plain(day.seconds) + '\n';
    }
    return out;
}

std::vector<DailyPeaks::Day> days_from_text(std::string_view text) {
    constexpr unsigned long long kMaxDay = 1'000'000; // some 2,700 years
    std::vector<DailyPeaks::Day> out;
    while (!text.empty() && out.size() < DailyPeaks::kDays) {
        const auto words = split_words(take_line(text), 5);
        const auto day = words.size() == 4 ? parse_count(words[0]) : std::nullopt;
        if (!day || *day > kMaxDay) {
            continue;
        }
        const auto ordinary = parse_number(words[1]);
        const auto suspected = parse_number(words[2]);
        const auto seconds = parse_number(words[3]);
        if (ordinary && suspected && seconds) {
            out.push_back({static_cast<std::int64_t>(*day), *ordinary, *suspected, *seconds});
        }
    }
    return out;
}

void AttackCollector::restore() {
    for (std::size_t i = 0; store_ && store_->up() && i < kAttackReasons; ++i) {
        if (is_restored(i)) {
            continue;
        }
        const auto kept = store_->read(kKind, kReasonNames[i]);
        if (!kept) {
            return; // later: what was kept is not written over until it was read
        }
        const std::lock_guard lock(memory_->mutex);
        if (*kept) {
            memory_->attack.of[i].peaks.restore(days_from_text(**kept));
        }
        memory_->attack_restored[i] = true;
    }
}

bool AttackCollector::is_restored(std::size_t reason) const {
    const std::lock_guard lock(memory_->mutex);
    return memory_->attack_restored[reason];
}

std::optional<Error> AttackCollector::keep(SteadyTime now) {
    if (!kept_at_) {
        kept_at_ = now;
    }
    if (!store_ || now - *kept_at_ < kKeepInterval) {
        return std::nullopt;
    }
    kept_at_ = now;
    for (std::size_t i = 0; i < kAttackReasons; ++i) {
        if (!is_restored(i)) {
            continue;
        }
        std::string text;
        {
            const std::lock_guard lock(memory_->mutex);
            text = days_as_text(memory_->attack.of[i].peaks.days());
        }
        if (const auto written = store_->write(kKind, kReasonNames[i], text); !written) {
            return written.error().with_prefix("what is ordinary could not be kept");
        }
    }
    return std::nullopt;
}

CollectorReport AttackCollector::collect(const CycleTime& now, const AttackFacts& facts) {
    CollectorReport report;
    report.collector = "attack";
    restore();
    Verdicts verdicts;
    {
        const std::lock_guard lock(memory_->mutex);
        verdicts = judge(memory_->attack, facts, now, settings_);
    }
    for (const auto& verdict : verdicts) {
        if (verdict) {
            show(*verdict, report.samples);
        }
    }
    const auto problem = keep(now.steady);
    report.success = !problem;
    report.error = problem ? problem->message : "";
    return report;
}

} // namespace opsmon::collect
