#pragma once
// This component turns what the sidecar knows of itself into metrics, and reads what the kernel
// knows of its process. The pipeline fills the facts. It knows no other module: facts are plain
// numbers.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "metrics/samples.hpp"

namespace opsmon::collect {

// Of one integration of a receiver.
struct ReceiverFacts {
    std::string receiver;
    std::string integration;
    double sent = 0;
    double failed = 0;
    double dropped = 0;
    double requests = 0;
    std::vector<std::pair<std::string, double>> failed_requests; // by reason
};

struct ProcessFacts {
    std::optional<double> cpu_seconds;
    std::optional<double> resident_bytes;
    std::optional<double> start_time;
    std::optional<double> open_fds;
};

struct SelfFacts {
    bool reload_successful = true;
    double reload_success_at = 0; // Unix time, seconds
    double dropped_duplicate = 0;
    double dropped_limit = 0;
    double dropped_history = 0;
    double history_series = 0;
    double history_samples = 0;
    double history_bytes = 0;
    double history_limit_bytes = 0;
    double history_reach_seconds = 0;
    double history_samples_dropped = 0;
    double rule_failures = 0;
    double alerts_pending = 0;
    double alerts_firing = 0;
    double notification_queue_length = 0;
    std::optional<double> notification_state_kept; // nothing: none is wanted
    std::vector<ReceiverFacts> receivers;
    std::map<std::string, metrics::HistogramValue> notification_latency; // by receiver
    std::optional<double> store_up;                                      // nothing: none is wanted
    std::optional<double> store_bytes;
    ProcessFacts process;
};

metrics::SampleList describe_self(const SelfFacts& facts);

// The text of /proc/self/stat; `boot_time` is Unix time, `ticks_per_second` that of the kernel.
Result<ProcessFacts> parse_process_stat(std::string_view stat, double boot_time,
                                        double ticks_per_second, double page_bytes);

ProcessFacts read_process(const std::string& proc);

} // namespace opsmon::collect
