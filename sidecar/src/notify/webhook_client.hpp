#pragma once
// This component posts to an address that is a secret, and follows where that leads: the edge of
// notifications. `delivery` uses it. Its errors never hold the address, nor more of where it was
// redirected to than the host.

#include "notify/settings.hpp"
#include "notify/slack_response.hpp"

#include <chrono>
#include <string>

namespace opsmon::notify {

struct Address {
    SecretUrl url;
    SecretHeader authorization = {};
    bool follow_redirects = true; // 307 and 308, ten of them, never from https to http
};

// The whole, redirects included and name lookups aside, ends within twice the `timeout`. At most
// 64 KiB of the answer are read. Where a redirect leads to another origin the authorization is not
// sent along.
[[nodiscard]] HttpAnswer post_json(const Address& to, const std::string& body,
                                   std::chrono::milliseconds timeout);

} // namespace opsmon::notify
