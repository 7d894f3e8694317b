#pragma once
// This component turns the text of an OpenMetrics file with timestamps into a `FileSource`, so that
// expressions can be tried on it. `opsmon-sidecar query --data` uses it. It takes what
// `promtool tsdb create-blocks-from openmetrics` takes, but for samples of a series that are not in
// the order of time: promtool leaves some of them out without a word, here they are a fault.

#include "base/result.hpp"
#include "history/file_source.hpp"

#include <string_view>

namespace opsmon::history {

struct FileLimits {
    std::size_t series_max = 1'000'000;
    std::size_t samples_max = 50'000'000;
};

// A fault begins with `line N: `.
[[nodiscard]] Result<FileSource> parse_openmetrics(std::string_view text, FileLimits limits = {});

} // namespace opsmon::history
