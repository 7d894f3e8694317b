#pragma once
// This component provides `ServiceLog`: the access logs of one service, followed and counted. The
// collector `access_log` has one for each service in the settings, and hands it on over a reload.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/access_log/log_follower.hpp"
#include "collect/access_log/log_line.hpp"
#include "collect/access_log/request_counts.hpp"
#include "config/config.hpp"
#include "metrics/samples.hpp"
#include "store/store.hpp"

namespace opsmon::collect {

std::unique_ptr<LineParser> make_parser(const config::AccessLog& settings);

// What lines amount to; also the whole of the work per line, for whoever measures that.
class LineCounter : public LineSink {
public:
    explicit LineCounter(const config::AccessLog& settings, TopLimits limits = {})
        : parser_(make_parser(settings)), counts_(settings.trusted_proxies, limits) {}

    void take_line(std::string_view line, bool live) override;
    void take_too_long() override { ++too_long_; }

    void add_lines(const std::string& service, metrics::SampleList& out) const;
    [[nodiscard]] RequestCounts& counts() { return counts_; }
    [[nodiscard]] const RequestCounts& counts() const { return counts_; }
    [[nodiscard]] std::uint64_t parsed() const { return parsed_; }
    [[nodiscard]] std::uint64_t unparsed() const { return unparsed_; }
    [[nodiscard]] std::uint64_t empty() const { return empty_; }
    [[nodiscard]] std::uint64_t too_long() const { return too_long_; }

private:
    std::unique_ptr<LineParser> parser_;
    RequestCounts counts_;
    std::uint64_t parsed_ = 0;
    std::uint64_t unparsed_ = 0;
    std::uint64_t empty_ = 0;
    std::uint64_t too_long_ = 0;
};

class ServiceLog {
public:
    static constexpr std::size_t kHealthSeries = 7;

    ServiceLog(config::AccessLog settings, std::shared_ptr<store::Store> store, TopLimits limits);

    // Reads what is new; only one thread at a time.
    void look(std::vector<char>& buffer, ReadBudget& budget, SteadyTime now);
    // How the log fares, and what it says. When there is no room for all, the first must not be
    // what is lost.
    void add_health(metrics::SampleList& out) const;
    void add_requests(metrics::SampleList& out) const;

    // From the next look on; from any thread.
    void show_at_most(std::size_t shown) { shown_ = shown; }

    [[nodiscard]] const config::AccessLog& settings() const { return settings_; }
    [[nodiscard]] RequestCounts& counts() { return counter_.counts(); }
    [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }
    // No log is followed as it should be: what add_requests() would say is not known.
    [[nodiscard]] bool is_silent() const;
    [[nodiscard]] std::size_t open_logs() const;
    [[nodiscard]] std::size_t open_files() const;
    [[nodiscard]] std::mutex& mutex() { return mutex_; }

private:
    void find_logs(SteadyTime now);
    void note_errors();

    config::AccessLog settings_;
    std::shared_ptr<store::Store> store_;
    std::mutex mutex_;
    LineCounter counter_;
    std::atomic<std::size_t> shown_;
    std::vector<std::unique_ptr<LogFollower>> followers_;
    std::optional<SteadyTime> found_at_;
    std::string pattern_error_;
    std::vector<std::string> errors_;
    std::uint64_t skipped_before_ = 0; // by followers that are no more
};

} // namespace opsmon::collect
