#pragma once
// This component provides `SimulatedNetwork` to tests: a web server on a 1 Gbps link that lives
// through days and nights, weekends, a nightly backup and a batch job, with noise, and before a
// judge that looks at it every ten seconds. Attacks are laid on top by the test.

#include "collect/network/attack_judge.hpp"

#include <cmath>
#include <functional>
#include <set>
#include <string>

namespace opsmon::test {

using collect::AttackFacts;
using collect::AttackReason;
using collect::Verdict;

class SimulatedNetwork {
public:
    static constexpr int kStepSeconds = 10;
    static constexpr int kDay = 86'400;

    // What an attack, or a crowd, does to the facts; the argument is seconds since it began.
    using Change = std::function<void(AttackFacts&, int)>;

    // Lives on for so long and returns the names of the reasons that were suspected meanwhile.
    std::set<std::string> live(int seconds, const Change& change = {}) {
        std::set<std::string> out;
        for (int passed = 0; passed < seconds; passed += kStepSeconds) {
            step(change, passed);
            for (const auto& verdict : verdicts) {
                if (verdict && verdict->suspected) {
                    out.emplace(collect::kReasonNames[static_cast<std::size_t>(verdict->reason)]);
                }
            }
        }
        return out;
    }

    // Seconds until `reason` is suspected; -1 when it is not within `limit`.
    int seconds_until(AttackReason reason, int limit, const Change& change) {
        for (int passed = 0; passed < limit; passed += kStepSeconds) {
            step(change, passed);
            const auto& verdict = verdicts[static_cast<std::size_t>(reason)];
            if (verdict && verdict->suspected) {
                return passed;
            }
        }
        return -1;
    }

    // Until the hour of the day is reached the next time.
    std::set<std::string> live_until_hour(int hour) {
        const int left = (hour * 3600 - second_ % kDay + kDay) % kDay;
        return live(left);
    }

    [[nodiscard]] const Verdict& verdict(AttackReason reason) const {
        return *verdicts[static_cast<std::size_t>(reason)];
    }

    config::Attack settings;
    collect::AttackState state;
    collect::Verdicts verdicts;

private:
    void step(const Change& change, int passed) {
        AttackFacts facts = ordinary();
        if (change) {
            change(facts, passed);
        }
        const collect::CycleTime now{
            1'700'438'400'000 + static_cast<TimestampMs>(second_) * 1000, // a Monday, midnight
            SteadyTime(std::chrono::hours(1000)) + std::chrono::seconds(second_)};
        verdicts = collect::judge(state, facts, now, settings);
        second_ += kStepSeconds;
    }

    // 0.75 to 1.35, as a multiplier.
    double noise() {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return 0.75 + 0.6 * static_cast<double>(random_ >> 11) / 9007199254740992.0;
    }

    AttackFacts ordinary() {
        constexpr double kPi = 3.14159265358979;
        const int of_day = second_ % kDay;
        const bool weekend = second_ / kDay % 7 >= 5;
        // Least at 4 in the morning, most at 16.
        const double tide = 0.5 - 0.5 * std::cos(2 * kPi * (of_day - 4 * 3600) / kDay);
        const double load = (0.15 + 0.85 * tide) * (weekend ? 0.5 : 1);
        AttackFacts out;
        out.interface = "eth0";
        out.received_per_second = 6e6 * load * noise();
        out.sent_per_second = 25e6 * load * noise(); // 200 Mbps by day
        out.public_packets = 20'000 * load * noise();
        out.passive_opens = 120 * load * noise();
        out.cookies_sent = out.cookies_received = out.queue_full_drops = out.listen_overflows = 0;
        out.half_open = 15 * load * noise();
        out.half_open_limit = 2048;
        out.prefix_connections = 60 * load * noise(); // a large office
        out.prefix_share = 0.03 * noise();
        out.prefix = "198.51.100.0/24";
        out.request_rate = 15 * load * noise();
        out.request_client = "198.51.100.0/24 /login";
        if (of_day >= 2 * 3600 && of_day < 3 * 3600) { // the backup goes out
            out.sent_per_second = 115e6 * noise() / 1.35;
            *out.public_packets += 40'000;
        }
        if (of_day >= 4 * 3600 && of_day < 4 * 3600 + 1200) { // one connection per query, inside
            *out.passive_opens += 300 * noise();
        }
        out.receive_percent = out.received_per_second / 125e4;
        return out;
    }

    int second_ = 0;
    std::uint64_t random_ = 88172645463325252ULL;
};

} // namespace opsmon::test
