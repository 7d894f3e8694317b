#pragma once
// This component provides `Resolver`: name lookups that are waited for no longer than a deadline.
// The C library's lookup cannot be interrupted, so each runs in a thread of its own that is left
// behind when it hangs; those who ask for the same name meanwhile wait for that one, and there is a
// limit on those of one resolver. Probes and connections to PostgreSQL look names up with it.
// Addresses need no lookup.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace opsmon {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
    [[nodiscard]] std::string to_string() const;    // with its port
    [[nodiscard]] std::string address_text() const; // without
};

using Lookup = std::function<Result<std::vector<SocketAddress>>(const std::string& host)>;

// By getaddrinfo; may take as long as it likes. An error is retryable unless it is an answer: that
// there is no such name.
Result<std::vector<SocketAddress>> look_up(const std::string& host);

// The same, as libpq does it: also addresses of a family of which this machine has none itself.
Result<std::vector<SocketAddress>> look_up_any_family(const std::string& host);

class Resolver {
public:
    static constexpr std::size_t kMaxLookups = 128;
    static constexpr std::size_t kMaxAddresses = 8;
    static constexpr std::chrono::seconds kGivenUpAfter{60};

    // A lookup that takes longer than `given_up_after` is begun anew by the next who asks, unless
    // half of the limit hang already: the rest is for other names.
    explicit Resolver(Lookup lookup = look_up,
                      std::chrono::milliseconds given_up_after = kGivenUpAfter);

    // An error that is retryable: no answer by `deadline`, or none that says anything of the name.
    Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                               SteadyTime deadline);

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace opsmon
