#include "collect/host/load.hpp"

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxLoadavgBytes = 4096;

} // namespace

Result<std::array<double, 3>> parse_load(std::string_view loadavg) {
    std::array<double, 3> out{};
    const auto words = split_words(take_line(loadavg), out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto load = i < words.size() ? parse_number(words[i]) : std::nullopt;
        if (!load || *load < 0) {
            return Error{"/proc/loadavg does not start with three numbers that are not negative"};
        }
        out[i] = *load;
    }
    return out;
}

std::vector<CollectorReport> LoadSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "load";
    const auto text = read_file(proc_ + "/loadavg", kMaxLoadavgBytes);
    const auto load = text ? parse_load(*text) : Result<std::array<double, 3>>(text.error());
    if (!load) {
        report.error = load.error().message;
        return {report};
    }
    report.samples.add<"system_load1">((*load)[0]);
    report.samples.add<"system_load5">((*load)[1]);
    report.samples.add<"system_load15">((*load)[2]);
    report.success = true;
    return {report};
}

} // namespace opsmon::collect
