#pragma once
// This component provides `JsonParser`: lines that are one JSON object each, such as nginx writes
// them with log_format … escape=json. One pass, without a tree: a general JSON library is several
// times too slow for a busy log. Values below the first level are skipped. It forgives what nginx
// writes without quotes around it ("request_time":-), and never allocates once it has warmed up.

#include <array>
#include <string>
#include <vector>

#include "collect/access_log/log_line.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

class JsonParser : public LineParser {
public:
    JsonParser(const config::AccessLogFields& fields, double duration_unit_seconds);
    bool parse(std::string_view line, LogLine& out) override;

private:
    enum Field { Status, Duration, Bytes, Request, Method, Uri, Client, ForwardedFor, kFields };

    struct Name {
        std::string text;
        Field field;
    };

    struct Value {
        std::string_view text; // raw: as it stands between the quotes
        bool escaped = false;
        bool present = false;
    };

    [[nodiscard]] const Name* find(std::string_view key) const;
    bool read_members(std::string_view line);
    bool fill(LogLine& out);
    std::string_view decoded(Field field);

    std::vector<Name> names_;
    double duration_unit_seconds_;
    std::array<Value, kFields> values_;
    std::array<std::string, kFields> scratch_;
};

} // namespace opsmon::collect
