#include "web/access.hpp"

namespace opsmon::web {

Result<std::shared_ptr<Access>> Access::make(config::WebFile file) {
    const auto tls = file.tls;
    std::shared_ptr<Access> access(new Access(std::move(file)));
    if (tls) {
        auto files = TlsFiles::open(*tls);
        if (!files) {
            return files.error();
        }
        access->tls_ = std::move(*files);
    }
    return access;
}

TlsContext Access::tls() {
    return tls_ ? tls_->context(steady_now()) : nullptr;
}

bool Access::admit(const httplib::Request& request, httplib::Response& response) {
    if (!auth_.asks()) {
        return true;
    }
    switch (auth_.ask(request.get_header_value("Authorization"))) {
    case BasicAuth::Answer::Welcome:
        return true;
    case BasicAuth::Answer::Busy:
        response.status = 503;
        response.set_header("Retry-After", "1");
        response.set_content("too many passwords are being checked; try again\n", "text/plain");
        return false;
    case BasicAuth::Answer::Refused:
        break;
    }
    response.status = 401;
    response.set_header("WWW-Authenticate", "Basic");
    response.set_content("Unauthorized\n", "text/plain");
    return false;
}

void Access::add_headers(httplib::Response& response) const {
    for (const auto& [name, value] : headers_) {
        response.headers.erase(name);
        response.set_header(name, value);
    }
}

} // namespace opsmon::web
