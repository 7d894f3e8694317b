#include "heartbeat.hpp"

#include <algorithm>

namespace opsmon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMax{5000};
// Also for a watchdog that is set too short to be of use.
constexpr milliseconds kPauseMin{100};
// Of the looks within the watchdog's time, the pipeline may be found unchanged at all but one.
constexpr int kLooks = 4;

std::string count_of(std::size_t number, const std::string& what) {
    return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

} // namespace

milliseconds Heartbeat::pause() const {
    if (!watchdog_) {
        return kPauseMax;
    }
    return std::clamp(std::chrono::duration_cast<milliseconds>(*watchdog_ / kLooks), kPauseMin,
                      kPauseMax);
}

bool Heartbeat::beats(const Vitals& now) {
    if (!watchdog_ || now.rounds == told_rounds_) {
        return false;
    }
    told_rounds_ = now.rounds;
    return true;
}

std::string status_line(const Vitals& vitals, const std::string& address) {
    std::string line = "Serving on " + address + "; " + count_of(vitals.collectors, "collector");
    if (vitals.collectors_failing > 0) {
        line += ", " + std::to_string(vitals.collectors_failing) + " failing";
    }
    line += "; " + count_of(vitals.alerts_firing, "alert") + " firing";
    if (!vitals.reload_successful) {
        line += "; the last reload failed, see the log";
    }
    return line;
}

} // namespace opsmon
