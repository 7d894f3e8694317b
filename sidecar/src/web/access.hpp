#pragma once
// This component provides `Access`: the web configuration file put to use, that is TLS, users and
// headers. The web server asks it for every connection and request; a reload replaces it whole.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <httplib.h>

#include "base/result.hpp"
#include "config/web_file.hpp"
#include "web/basic_auth.hpp"
#include "web/tls_files.hpp"

namespace opsmon::web {

class Access {
public:
    // An error when the files it names cannot be used.
    static Result<std::shared_ptr<Access>> make(config::WebFile file);

    TlsContext tls();
    // Whether the request may go on; else the answer is written.
    bool admit(const httplib::Request& request, httplib::Response& response);
    // Its headers, in place of what the answer has under their names.
    void add_headers(httplib::Response& response) const;

private:
    explicit Access(config::WebFile file)
        : auth_(std::move(file.users)), headers_(std::move(file.headers)) {}

    std::shared_ptr<TlsFiles> tls_; // null: plain HTTP
    BasicAuth auth_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

} // namespace opsmon::web
