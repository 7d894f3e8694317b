#pragma once
// This component provides the collector `stub_status`: connections and requests as nginx itself
// counts them. Each nginx is asked in a thread of its own, and its name lookup is waited for no
// longer than its time-out, so one that hangs delays nobody; it is a collector apart from the logs
// for the same reason. It takes no more of an answer than HttpAnswer does.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/resolver.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

struct StubStatus {
    std::uint64_t active = 0;
    std::uint64_t accepted = 0;
    std::uint64_t handled = 0;
    std::uint64_t requests = 0;
    std::uint64_t reading = 0;
    std::uint64_t writing = 0;
    std::uint64_t waiting = 0;
};

// The whole page, exactly as nginx writes it.
Result<StubStatus> parse_stub_status(std::string_view page);

class StubStatusSource : public Source {
public:
    // A cycle takes no longer than `patience`.
    StubStatusSource(std::vector<config::StubStatus> services, std::chrono::milliseconds patience,
                     Resolver resolver = Resolver());

    [[nodiscard]] std::vector<std::string> collectors() const override { return {"stub_status"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    struct Nginx {
        config::StubStatus settings;
        std::string last_error;
    };

    std::chrono::milliseconds patience_;
    Resolver resolver_;
    std::vector<Nginx> services_;
};

} // namespace opsmon::collect
