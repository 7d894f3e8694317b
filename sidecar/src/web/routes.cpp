#include "web/routes.hpp"

namespace opsmon::web {

void Routes::get(const std::string& pattern, Handler handler) {
    table_.add(pattern, "HEAD"); // the library makes it of the answer to GET
    get_only(pattern, std::move(handler));
}

void Routes::get_only(const std::string& pattern, Handler handler) {
    table_.add(pattern, "GET");
    http_.Get(pattern, std::move(handler));
}

void Routes::post(const std::string& pattern, Handler handler) {
    table_.add(pattern, "POST");
    http_.Post(pattern, std::move(handler));
}

void Routes::remove(const std::string& pattern, Handler handler) {
    table_.add(pattern, "DELETE");
    http_.Delete(pattern, std::move(handler));
}

void Routes::get_others(const std::string& expression, Handler handler) {
    http_.Get(expression, std::move(handler));
}

void Routes::post_others(const std::string& expression, Handler handler) {
    http_.Post(expression, std::move(handler));
}

bool admit_method(const MethodTable& table, const httplib::Request& request,
                  httplib::Response& response) {
    const auto answer = table.judge(request.method, request.path);
    if (!answer) {
        return true;
    }
    response.status = answer->status;
    if (!answer->allow.empty()) {
        response.set_header("Allow", answer->allow);
    }
    if (!answer->text.empty()) {
        response.set_content(answer->text, "text/plain; charset=utf-8");
    }
    return false;
}

} // namespace opsmon::web
