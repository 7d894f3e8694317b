#include "base/http_date.hpp"

#include <ctime>

namespace opsmon {

std::optional<TimestampMs> parse_http_date(const std::string& text) {
    for (const auto* form :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
        std::tm fields{};
        const char* const end = ::strptime(text.c_str(), form, &fields);
        if (end == text.c_str() + text.size()) {
            return static_cast<TimestampMs>(::timegm(&fields)) * 1000;
        }
    }
    return std::nullopt;
}

} // namespace opsmon
