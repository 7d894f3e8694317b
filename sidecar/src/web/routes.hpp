#pragma once
// This component provides `Routes`: what answers a part of the web server's addresses adds its
// handlers through it, so that every address is known with the methods it takes. The server asks it
// first about each request. It knows no answer but that a method is not taken.

#include <string>
#include <utility>

#include <httplib.h>

#include "web/method_table.hpp"

namespace opsmon::web {

class Routes {
public:
    using Handler = httplib::Server::Handler;

    explicit Routes(httplib::Server& http) : http_(http) {}

    // A pattern as the method table has it.
    void get(const std::string& pattern, Handler handler);      // and HEAD
    void get_only(const std::string& pattern, Handler handler); // without HEAD, as in Prometheus
    void post(const std::string& pattern, Handler handler);
    void remove(const std::string& pattern, Handler handler); // DELETE

    // For what is added to neither: the expression makes no address known.
    void get_others(const std::string& expression, Handler handler);
    void post_others(const std::string& expression, Handler handler);

    [[nodiscard]] MethodTable take_table() { return std::move(table_); }

private:
    httplib::Server& http_;
    MethodTable table_;
};

// Whether the request may go on; else the answer is written.
[[nodiscard]] bool admit_method(const MethodTable& table, const httplib::Request& request,
                                httplib::Response& response);

} // namespace opsmon::web
