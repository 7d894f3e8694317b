#pragma once
// This component names the endpoint of a request: "GET /orders/:id", short, printable, without its
// query, and the same for requests that differ in an id alone. Pure, and without an allocation.

#include <array>
#include <cstddef>
#include <string_view>

namespace opsmon::collect {

inline constexpr std::size_t kMaxEndpointBytes = 120;

class EndpointName {
public:
    // The view holds until the next call. A request without a method is "invalid".
    std::string_view of(std::string_view method, std::string_view target);

private:
    bool put(std::string_view text);

    std::array<char, kMaxEndpointBytes> buffer_;
    std::size_t size_ = 0;
};

} // namespace opsmon::collect
