#pragma once
// This component provides `HttpAnswer`: an HTTP/1.1 answer put together from bytes as they come:
// status line, headers, and a body by length, in chunks, or until the end. The HTTP probe feeds it.
// Everything is bounded, and a malformed byte ends it. Pure: no socket, no clock.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opsmon::collect {

class HttpAnswer {
public:
    static constexpr std::size_t kMaxHeadBytes = 64 * 1024;
    static constexpr std::size_t kMaxHeaders = 100;
    static constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

    enum class State { Head, Body, Complete, Malformed, TooLarge };

    // `head_only`: the answer to HEAD has no body, whatever it announces. A body beyond
    // `kept_body_bytes` is read on and not kept.
    HttpAnswer(bool head_only, std::size_t kept_body_bytes)
        : head_only_(head_only), kept_body_bytes_(kept_body_bytes) {}

    State feed(std::string_view bytes);
    State end(); // the other side has closed

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] std::string_view problem() const { return problem_; }
    [[nodiscard]] int status() const { return status_; } // 0 until the head is there
    [[nodiscard]] const std::string& body() const { return body_; }
    // The first of that name, in any case; nothing when there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;

private:
    enum class Framing { Length, Chunks, UntilEnd };

    State stop(State state, std::string_view problem);
    bool take_line(std::string_view& line);
    void read_head();
    void read_body();
    bool read_chunk_start();
    void take_status_line(std::string_view line);
    void take_header(std::string_view line);
    void begin_body();
    bool take_body(std::uint64_t& left);

    bool head_only_;
    std::size_t kept_body_bytes_;
    State state_ = State::Head;
    std::string_view problem_;
    std::string pending_;
    std::size_t at_ = 0; // what of it is used up
    std::size_t head_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    std::size_t framing_bytes_ = 0; // lines between chunks
    int status_ = 0;
    int interim_ = 0;
    int line_status_ = 0;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::string body_;
    Framing framing_ = Framing::UntilEnd;
    std::uint64_t left_ = 0; // of the body, or of the chunk
    enum class Chunk { Size, Data, End, Trailer } chunk_ = Chunk::Size;
};

} // namespace opsmon::collect
