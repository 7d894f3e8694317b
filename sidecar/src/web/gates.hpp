#pragma once
// This component provides `Gates`: what every request passes before any route has it, and every
// answer before it leaves: where the request comes from, who asks, the headers for browsers. The
// web server puts it in front of its routes. It knows none of them.

#include <functional>
#include <memory>
#include <mutex>

#include <httplib.h>

#include "web/access.hpp"
#include "web/site.hpp"

namespace opsmon::web {

using SiteSource = std::function<std::shared_ptr<const Site>()>; // never null

class Gates {
public:
    Gates(SiteSource site, std::shared_ptr<Access> access)
        : site_(std::move(site)), access_(std::move(access)) {}

    // Null: everybody may ask, in plain HTTP.
    void replace_access(std::shared_ptr<Access> access);
    [[nodiscard]] TlsContext tls() const; // for a new connection; null for plain HTTP

    // Whether the request may go on; else the answer is written.
    bool admit(const httplib::Request& request, httplib::Response& response) const;
    void finish(httplib::Response& response) const;

private:
    [[nodiscard]] std::shared_ptr<Access> access() const; // may be null

    SiteSource site_;
    mutable std::mutex mutex_;
    std::shared_ptr<Access> access_;
};

} // namespace opsmon::web
