#include "web/request_parameters.hpp"

#include <algorithm>
#include <cctype>

namespace opsmon::web {
namespace {

bool is_form(const httplib::Request& request) {
    std::string type = request.get_header_value("Content-Type");
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type.starts_with("application/x-www-form-urlencoded");
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
    return out;
}

} // namespace opsmon::web
