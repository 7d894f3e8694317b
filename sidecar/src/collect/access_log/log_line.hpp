#pragma once
// This component provides `LogLine`, what one line of an access log says, and the interface of the
// parsers that make it. The views point into the line or into the parser, until its next call. A
// value that the line does not have, or has in an absurd form, is absent.

#include <cstdint>
#include <optional>
#include <string_view>

namespace opsmon::collect {

struct LogLine {
    int status = 0; // 0: none that could be read
    std::optional<std::uint64_t> bytes;
    std::optional<double> duration_seconds;
    std::string_view method; // empty: the request was garbage, or none
    std::string_view target; // the path with its query
    std::string_view client;
    std::string_view forwarded_for;
};

class LineParser {
public:
    virtual ~LineParser() = default;

    // False when the line is not of the format; `out` is then of no use.
    virtual bool parse(std::string_view line, LogLine& out) = 0;
};

} // namespace opsmon::collect
