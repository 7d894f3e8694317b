#pragma once
// This component sends answers of Prometheus' API, and bounds the memory of those that are large:
// who reads slowly keeps his answer in memory long after his query has ended. The API's routes use
// it.

#include <atomic>
#include <cstddef>
#include <memory>

#include <httplib.h>

#include "web/prometheus_query.hpp"

namespace opsmon::web {

// What all readers of large answers have still to take, in bytes.
class HeldAnswers {
public:
    explicit HeldAnswers(std::size_t bytes_max = 64UL << 20) : bytes_max_(bytes_max) {}

    [[nodiscard]] bool has_room_for(std::size_t bytes) const {
        return bytes_ + bytes <= bytes_max_;
    }
    void take(std::size_t bytes) { bytes_ += bytes; }
    void give_back(std::size_t bytes) { bytes_ -= bytes; }

private:
    const std::size_t bytes_max_;
    std::atomic<std::size_t> bytes_ = 0;
};

void send(httplib::Response& response, ApiAnswer answer);
// In place of one for which there is no room, a refusal that says so.
void send(httplib::Response& response, ApiAnswer answer, const std::shared_ptr<HeldAnswers>& held);

} // namespace opsmon::web
