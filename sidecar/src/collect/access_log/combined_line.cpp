#include "collect/access_log/combined_line.hpp"

#include <cstring>

#include "collect/access_log/line_fields.hpp"

namespace opsmon::collect {
namespace {

void skip_spaces(std::string_view& text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
}

// Takes a word up to the next space.
std::string_view take_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

// Takes what stands in quotes at the beginning; a quote behind a backslash is none (Apache). False
// when it is not closed.
bool take_quoted(std::string_view& text, std::string_view& out) {
    if (text.empty() || text.front() != '"') {
        return false;
    }
    std::size_t at = 1;
    for (;;) {
        const void* quote =
            at < text.size() ? std::memchr(text.data() + at, '"', text.size() - at) : nullptr;
        if (quote == nullptr) {
            return false;
        }
        const auto found = static_cast<std::size_t>(static_cast<const char*>(quote) - text.data());
        std::size_t slashes = 0;
        while (slashes < found - 1 && text[found - 1 - slashes] == '\\') {
            ++slashes;
        }
        if (slashes % 2 == 0) {
            out = text.substr(1, found - 1);
            text.remove_prefix(found + 1);
            return true;
        }
        at = found + 1;
    }
}

bool take_field(std::string_view& text, std::string_view& out) {
    skip_spaces(text);
    if (text.empty()) {
        return false;
    }
    if (text.front() == '"') {
        return take_quoted(text, out);
    }
    out = take_word(text);
    return true;
}

} // namespace

CombinedParser::CombinedParser(const std::vector<std::string>& extra_fields,
                               double duration_unit_seconds)
    : duration_unit_seconds_(duration_unit_seconds) {
    for (const std::string& name : extra_fields) {
        extra_.push_back(name == "duration"        ? Extra::Duration
                         : name == "forwarded_for" ? Extra::ForwardedFor
                                                   : Extra::Ignored);
    }
}

bool CombinedParser::parse(std::string_view line, LogLine& out) {
    out = LogLine();
    out.client = take_word(line);
    // The user's name may hold spaces and brackets; a quote cannot stand in it unescaped.
    const auto time_end = line.find("] \"");
    if (out.client.empty() || time_end == std::string_view::npos ||
        line.substr(0, time_end).find(" [") == std::string_view::npos) {
        return false;
    }
    line.remove_prefix(time_end + 2);
    std::string_view request;
    if (!take_quoted(line, request) || line.empty() || line.front() != ' ') {
        return false;
    }
    skip_spaces(line);
    const auto status = parse_status(take_word(line));
    skip_spaces(line);
    const std::string_view size = take_word(line);
    if (!status || size.empty()) {
        return false;
    }
    out.bytes = parse_size(size);
    if (!out.bytes && size != "-") {
        return false;
    }
    out.status = *status;
    parse_request(request, out);
    if (!extra_.empty()) {
        parse_extra(line, out);
    }
    return true;
}

void CombinedParser::parse_extra(std::string_view rest, LogLine& out) const {
    std::string_view field;
    skip_spaces(rest);
    if (!rest.empty() && rest.front() == '"') { // the common format has neither
        if (!take_field(rest, field) || !take_field(rest, field)) {
            return;
        }
    }
    for (const Extra extra : extra_) {
        if (!take_field(rest, field)) {
            return;
        }
        if (extra == Extra::Duration) {
            out.duration_seconds = parse_duration_seconds(field, duration_unit_seconds_);
        } else if (extra == Extra::ForwardedFor) {
            out.forwarded_for = field;
        }
    }
}

} // namespace opsmon::collect
