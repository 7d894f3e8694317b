#pragma once
// This component provides `CombinedParser`: lines in the combined and the common format of Apache
// and nginx, with further fields behind the user agent as the settings name them. Pure; it never
// allocates for a line.

#include <string>
#include <vector>

#include "collect/access_log/log_line.hpp"

namespace opsmon::collect {

class CombinedParser : public LineParser {
public:
    // `extra_fields`: duration, forwarded_for, or anything else for one that does not matter.
    CombinedParser(const std::vector<std::string>& extra_fields, double duration_unit_seconds);
    bool parse(std::string_view line, LogLine& out) override;

private:
    enum class Extra { Ignored, Duration, ForwardedFor };

    void parse_extra(std::string_view rest, LogLine& out) const;

    std::vector<Extra> extra_;
    double duration_unit_seconds_;
};

} // namespace opsmon::collect
