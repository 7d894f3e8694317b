#include "collect/self.hpp"

#include <filesystem>

#include <unistd.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxStatBytes = 4 << 20;
// Counted from the field after the command's closing bracket, which is the state.
constexpr std::size_t kUserTime = 11;
constexpr std::size_t kSystemTime = 12;
constexpr std::size_t kStartTime = 19;
constexpr std::size_t kResidentPages = 21;

std::optional<double> parse_boot_time(std::string_view proc_stat) {
    while (!proc_stat.empty()) {
        const auto words = split_words(take_line(proc_stat), 2);
        if (words.size() == 2 && words[0] == "btime") {
            return parse_number(words[1]);
        }
    }
    return std::nullopt;
}

std::optional<double> count_entries(const std::string& directory) {
    std::error_code problem;
    double count = 0;
    for (auto at = std::filesystem::directory_iterator(directory, problem);
         !problem && at != std::filesystem::directory_iterator(); at.increment(problem)) {
        ++count;
    }
    return problem ? std::nullopt : std::optional(count);
}

void describe_receiver(const ReceiverFacts& facts, metrics::SampleList& out) {
    const auto& [receiver, integration, sent, failed, dropped, requests, failed_requests] = facts;
    out.add<"opsmon_notifications_total">(sent, receiver, integration, "sent");
    out.add<"opsmon_notifications_total">(failed, receiver, integration, "failed");
    out.add<"opsmon_notifications_total">(dropped, receiver, integration, "dropped");
    out.add<"opsmon_notification_requests_total">(requests, receiver, integration);
    for (const auto& [reason, count] : failed_requests) {
        out.add<"opsmon_notification_requests_failed_total">(count, receiver, integration, reason);
    }
}

} // namespace

metrics::SampleList describe_self(const SelfFacts& facts) {
    metrics::SampleList out;
    out.add<"opsmon_build_info">(1, OPSMON_VERSION);
    out.add<"opsmon_config_last_reload_successful">(facts.reload_successful ? 1 : 0);
    out.add<"opsmon_config_last_reload_success_timestamp_seconds">(facts.reload_success_at);
    out.add<"opsmon_series_dropped_total">(facts.dropped_duplicate, "duplicate");
    out.add<"opsmon_series_dropped_total">(facts.dropped_limit, "limit");
    out.add<"opsmon_series_dropped_total">(facts.dropped_history, "history");
    out.add<"opsmon_history_series">(facts.history_series);
    out.add<"opsmon_history_samples">(facts.history_samples);
    out.add<"opsmon_history_bytes">(facts.history_bytes);
    out.add<"opsmon_history_limit_bytes">(facts.history_limit_bytes);
    out.add<"opsmon_history_reach_seconds">(facts.history_reach_seconds);
    out.add<"opsmon_history_samples_dropped_total">(facts.history_samples_dropped);
    out.add<"opsmon_rule_evaluation_failures_total">(facts.rule_failures);
    out.add<"opsmon_alerts">(facts.alerts_pending, "pending");
    out.add<"opsmon_alerts">(facts.alerts_firing, "firing");
    out.add<"opsmon_notification_queue_length">(facts.notification_queue_length);
    out.add<"opsmon_notification_state_kept">(facts.notification_state_kept);
    out.add<"opsmon_store_up">(facts.store_up);
    out.add<"opsmon_store_bytes">(facts.store_bytes);
    out.add<"process_cpu_seconds_total">(facts.process.cpu_seconds);
    out.add<"process_resident_memory_bytes">(facts.process.resident_bytes);
    out.add<"process_start_time_seconds">(facts.process.start_time);
    out.add<"process_open_fds">(facts.process.open_fds);
    for (const ReceiverFacts& facts_of : facts.receivers) {
        describe_receiver(facts_of, out);
    }
    for (const auto& [receiver, latency] : facts.notification_latency) {
        out.add_histogram<"opsmon_notification_latency_seconds">(latency, receiver);
    }
    return out;
}

Result<ProcessFacts> parse_process_stat(std::string_view stat, double boot_time,
                                        double ticks_per_second, double page_bytes) {
    const auto bracket = stat.rfind(')'); // the command may hold brackets and spaces itself
    const auto fields = bracket == std::string_view::npos
                            ? std::vector<std::string_view>()
                            : split_words(stat.substr(bracket + 1), kResidentPages + 1);
    if (fields.size() <= kResidentPages) {
        return Error{"/proc/self/stat is cut short"};
    }
    const auto user = parse_count(fields[kUserTime]);
    const auto system = parse_count(fields[kSystemTime]);
    const auto start = parse_count(fields[kStartTime]);
    const auto pages = parse_count(fields[kResidentPages]);
    if (!user || !system || !start || !pages) {
        return Error{"/proc/self/stat: a number expected"};
    }
    ProcessFacts facts;
    facts.cpu_seconds = static_cast<double>(*user + *system) / ticks_per_second;
    facts.start_time = boot_time + static_cast<double>(*start) / ticks_per_second;
    facts.resident_bytes = static_cast<double>(*pages) * page_bytes;
    return facts;
}

ProcessFacts read_process(const std::string& proc) {
    const auto stat = read_file(proc + "/self/stat", kMaxStatBytes);
    const auto kernel = read_file(proc + "/stat", kMaxStatBytes);
    const auto boot_time = kernel ? parse_boot_time(*kernel) : std::nullopt;
    ProcessFacts facts;
    if (stat && boot_time) {
        const auto parsed =
            parse_process_stat(*stat, *boot_time, static_cast<double>(::sysconf(_SC_CLK_TCK)),
                               static_cast<double>(::sysconf(_SC_PAGESIZE)));
        facts = parsed ? *parsed : facts;
    }
    facts.open_fds = count_entries(proc + "/self/fd");
    return facts;
}

} // namespace opsmon::collect
