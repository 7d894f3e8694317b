#include "web/gates.hpp"

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "web/cross_site.hpp"
#include "web/security_headers.hpp"

namespace opsmon::web {
namespace {

using nlohmann::json;

std::vector<std::string> all_of(const httplib::Request& request, const char* name) {
    std::vector<std::string> out;
    const auto [begin, end] = request.headers.equal_range(name);
    for (auto each = begin; each != end; ++each) {
        out.push_back(each->second);
    }
    return out;
}

// In the words of the API that was asked: its clients show nothing else.
void refuse(const httplib::Request& request, httplib::Response& response, std::string_view why) {
    response.status = 403;
    if (request.path.starts_with("/api/v1/")) {
        const json answer = {{"status", "error"}, {"errorType", "forbidden"}, {"error", why}};
        response.set_content(answer.dump(), "application/json");
    } else if (request.path.starts_with("/api/v2/")) {
        response.set_content(json(why).dump() + "\n", "application/json");
    } else {
        response.set_content(std::string(why) + "\n", "text/plain; charset=utf-8");
    }
}

} // namespace

void Gates::replace_access(std::shared_ptr<Access> access) {
    const std::lock_guard lock(mutex_);
    access_ = std::move(access);
}

std::shared_ptr<Access> Gates::access() const {
    const std::lock_guard lock(mutex_);
    return access_;
}

TlsContext Gates::tls() const {
    const auto newest = access();
    return newest ? newest->tls() : nullptr;
}

bool Gates::admit(const httplib::Request& request, httplib::Response& response) const {
    // First: a page of somebody else's is not to have passwords tried.
    const Asking asking{request.method, all_of(request, "Host"), all_of(request, "Origin"),
                        all_of(request, "Sec-Fetch-Site")};
    if (const auto judgement = judge(asking, *site_()); judgement != Judgement::Welcome) {
        refuse(request, response, reason(judgement));
        return false;
    }
    const auto newest = access();
    return !newest || newest->admit(request, response);
}

void Gates::finish(httplib::Response& response) const {
    add_security_headers(response);
    if (const auto newest = access()) {
        newest->add_headers(response);
    }
}

} // namespace opsmon::web
