#pragma once
// This component cuts what was read of a log into lines. A line without its end yet stays where it
// is, to be read again; one that is longer than any request is passed over. Pure.

#include <cstddef>
#include <string_view>

namespace opsmon::collect {

inline constexpr std::size_t kMaxLineBytes = 64 * 1024;

class LineSink {
public:
    virtual ~LineSink() = default;
    // Without its end; may be empty. `live` is false for what was written before the sidecar began.
    virtual void take_line(std::string_view line, bool live) = 0;
    virtual void take_too_long() = 0;
};

// Returns how many bytes are done with. `discarding` is true while the end of a line that is too
// long is still to come; it belongs to the position in the file.
std::size_t split_lines(std::string_view chunk, bool live, bool& discarding, LineSink& sink);

} // namespace opsmon::collect
