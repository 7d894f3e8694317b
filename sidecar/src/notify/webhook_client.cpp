#include "notify/webhook_client.hpp"

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/redirect.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxRedirects = 10;

// The others of them ask for another page with GET.
bool keeps_method(int status) {
    return status == 307 || status == 308;
}

bool is_redirect(int status) {
    return (status >= 301 && status <= 303) || keeps_method(status);
}

// Also the same host made safe, as a server that wants TLS says it.
bool may_be_told_secrets(const Url& from, const Url& to) {
    const bool made_safe =
        from.host == to.host && !from.tls && from.port == 80 && to.tls && to.port == 443;
    return made_safe || same_origin(from, to);
}

std::string led_to(const Url& url) {
    constexpr std::size_t kMaxShownBytes = 100;
    return "it was redirected to " + (url.host.size() > kMaxShownBytes ? "another host" : url.host);
}

// Why the redirect is not followed; empty: it is.
std::string obstacle(const Address& to, int status, const Result<Url>& target, int followed) {
    if (!target) {
        return "it was redirected, but not to an address that can be followed: " +
               target.error().message;
    }
    if (!keeps_method(status)) {
        return led_to(*target) + ", which would ask for a page and tell nothing: give that "
                                 "address itself";
    }
    if (!to.follow_redirects) {
        return led_to(*target) + ", and follow_redirects is false";
    }
    return followed < kMaxRedirects ? "" : led_to(*target) + " after ten other redirects";
}

} // namespace

HttpAnswer post_json(const Address& to, const std::string& body, milliseconds timeout) {
    const auto end = steady_now() + timeout; // wherever it leads
    auto place = to.url.reveal();
    auto secret = to.authorization.reveal();
    std::string redirect;
    for (int followed = 0;; ++followed) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - steady_now());
        auto outcome = HttpClient(place, std::max(left, milliseconds(1)))
                           .post(body, "application/json", secret);
        HttpAnswer answer{outcome.status,
                          std::move(outcome.body),
                          std::move(outcome.retry_after),
                          std::move(outcome.error),
                          std::move(outcome.date),
                          wall_now(),
                          redirect};
        if (!is_redirect(answer.status)) {
            return answer;
        }
        auto target = outcome.location.empty() ? Result<Url>(Error{"it says none"})
                                               : redirect_target(place, outcome.location);
        if (auto why = obstacle(to, answer.status, target, followed); !why.empty()) {
            answer.redirect = std::move(why);
            return answer;
        }
        if (!may_be_told_secrets(place, *target)) {
            secret.clear(); // for good, wherever it leads from there
        }
        place = std::move(*target);
        redirect = led_to(place);
    }
}

} // namespace opsmon::notify
