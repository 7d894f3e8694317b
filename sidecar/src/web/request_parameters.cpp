#include "web/request_parameters.hpp"

#include <algorithm>
#include <cctype>

#include "base/http_library.hpp"

namespace opsmon::web {
namespace {

bool is_form(const httplib::Request& request) {
    std::string type = request.get_header_value("Content-Type");
    type.resize(std::min(type.find(';'), type.size()));
    type.resize(type.find_last_not_of(" \t") + 1);
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type == "application/x-www-form-urlencoded";
}

} // namespace

Result<Parameters> request_parameters(const httplib::Request& request) {
    const auto question = request.target.find('?');
    const auto query = question == std::string::npos
                           ? std::string_view()
                           : std::string_view(request.target).substr(question + 1);
    auto address = parse_form(query.substr(0, query.find('#')));
    auto out = parse_form(is_form(request) ? std::string_view(request.body) : "");
    if (!address || !out) {
        return !address ? address.error() : out.error();
    }
    for (const auto& [name, value] : *address) {
        out->emplace(name, value); // behind those of the form
    }
    each_form_value(request, [&](const std::string& name, const std::string& value) {
        out->emplace(name, value); // of curl -F; Go has these last
    });
    return out;
}

} // namespace opsmon::web
