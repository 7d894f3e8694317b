#include "collect/host/pressure.hpp"

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxPressureBytes = 4096;
constexpr double kMicrosecondsPerSecond = 1e6;

std::optional<double> find_total(std::string_view text, std::string_view kind) {
    constexpr std::string_view kTotal = "total=";
    while (!text.empty()) {
        const auto words = split_words(take_line(text), 5);
        if (words.size() == 5 && words[0] == kind && words[4].starts_with(kTotal)) {
            const auto total = parse_count(words[4].substr(kTotal.size()));
            return total ? std::optional(static_cast<double>(*total) / kMicrosecondsPerSecond)
                         : std::nullopt;
        }
    }
    return std::nullopt;
}

// Compiled without (no such file), or switched off at boot (the file cannot be opened or read).
bool says_that_there_is_none(const Error& error) {
    return error.message.ends_with(std::strerror(ENOENT)) ||
           error.message.ends_with(std::strerror(EOPNOTSUPP));
}

} // namespace

Result<Pressure> parse_pressure(std::string_view text) {
    const auto waiting = find_total(text, "some");
    if (!waiting) {
        return Error{"has no line 'some' with a total"};
    }
    return Pressure{*waiting, find_total(text, "full")};
}

std::vector<CollectorReport> PressureSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "pressure";
    for (const std::string resource : {"cpu", "io", "memory"}) {
        const std::string file = proc_ + "/pressure/" + resource;
        const auto text = read_file(file, kMaxPressureBytes);
        if (!text && says_that_there_is_none(text.error())) {
            continue;
        }
        const auto pressure = text ? parse_pressure(*text) : Result<Pressure>(text.error());
        if (!pressure) {
            report.error =
                text ? pressure.error().with_prefix(file).message : pressure.error().message;
            continue;
        }
        report.samples.add<"system_pressure_waiting_seconds_total">(pressure->waiting, resource);
        // Of the whole machine's CPU the kernel says it too, but calls it undefined.
        if (resource != "cpu") {
            report.samples.add<"system_pressure_stalled_seconds_total">(pressure->stalled,
                                                                        resource);
        }
    }
    report.success = report.error.empty();
    return {report};
}

} // namespace opsmon::collect
