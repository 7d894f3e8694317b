#include "collect/probe/http_answer.hpp"

#include <algorithm>
#include <charconv>

namespace opsmon::collect {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool parse_number(std::string_view text, int base, std::uint64_t& out) {
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, out, base);
    return !text.empty() && problem == std::errc() && stop == end;
}

} // namespace

HttpAnswer::State HttpAnswer::stop(State state, std::string_view problem) {
    state_ = state;
    problem_ = problem;
    return state_;
}

std::optional<std::string_view> HttpAnswer::header(std::string_view name) const {
    for (const auto& [own, value] : headers_) {
        if (same_name(own, name)) {
            return value;
        }
    }
    return std::nullopt;
}

HttpAnswer::State HttpAnswer::feed(std::string_view bytes) {
    pending_.append(bytes);
    if (state_ == State::Head) {
        read_head();
    }
    if (state_ == State::Body) {
        read_body();
    }
    pending_.erase(0, at_);
    at_ = 0;
    return state_;
}

HttpAnswer::State HttpAnswer::end() {
    if (state_ == State::Body && framing_ == Framing::UntilEnd) {
        return stop(State::Complete, "");
    }
    if (state_ == State::Head || state_ == State::Body) {
        return stop(State::Malformed, "the answer ends too soon");
    }
    return state_;
}

// A line with its end taken off; false when it is not all there.
bool HttpAnswer::take_line(std::string_view& line) {
    const auto newline = pending_.find('\n', at_);
    const std::size_t size = (newline == std::string::npos ? pending_.size() : newline + 1) - at_;
    if (head_bytes_ + size > kMaxHeadBytes) {
        stop(State::TooLarge, "the head of the answer is larger than 64 KiB");
        return false;
    }
    if (newline == std::string::npos) {
        return false;
    }
    head_bytes_ += size;
    line = std::string_view(pending_).substr(at_, size - 1);
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    at_ += size;
    return true;
}

void HttpAnswer::read_head() {
    std::string_view line;
    while (state_ == State::Head && take_line(line)) {
        if (line_status_ == 0) {
            take_status_line(line);
        } else if (!line.empty()) {
            take_header(line);
        } else if (line_status_ < 200 && line_status_ != 101) { // one more answer follows
            line_status_ = 0;
            headers_.clear();
            if (++interim_ > 10) {
                stop(State::Malformed, "too many interim answers");
            }
        } else {
            status_ = line_status_;
            begin_body();
        }
    }
    // A peer that speaks another protocol need not send a line end to be recognised.
    static constexpr std::string_view kStart = "HTTP/1.";
    const std::string_view rest = std::string_view(pending_).substr(at_);
    if (state_ == State::Head && line_status_ == 0 &&
        rest.substr(0, kStart.size()) != kStart.substr(0, rest.size())) {
        stop(State::Malformed, "the answer is not HTTP/1");
    }
}

void HttpAnswer::take_status_line(std::string_view line) {
    std::uint64_t status = 0;
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ' ||
        !parse_number(line.substr(9, 3), 10, status) || status < 100 || status > 599 ||
        (line.size() > 12 && line[12] != ' ')) {
        stop(State::Malformed, "the answer is not HTTP/1");
        return;
    }
    line_status_ = static_cast<int>(status);
}

void HttpAnswer::take_header(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        line.find('\0') != std::string_view::npos) {
        stop(State::Malformed, "a header of the answer is malformed");
        return;
    }
    if (headers_.size() == kMaxHeaders) {
        stop(State::TooLarge, "the answer has more than 100 headers");
        return;
    }
    headers_.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
}

void HttpAnswer::begin_body() {
    state_ = State::Body;
    const auto encoding = header("Transfer-Encoding");
    const auto length = header("Content-Length");
    if (head_only_ || status_ == 204 || status_ == 304 || status_ == 101) {
        stop(State::Complete, "");
    } else if (encoding) {
        if (!same_name(*encoding, "chunked")) {
            stop(State::Malformed, "the answer has a transfer encoding nobody asked for");
        }
        framing_ = Framing::Chunks;
    } else if (length) {
        framing_ = Framing::Length;
        for (const auto& [name, value] : headers_) {
            if (same_name(name, "Content-Length") && value != *length) {
                stop(State::Malformed, "the answer has two different lengths");
                return;
            }
        }
        if (!parse_number(*length, 10, left_)) {
            stop(State::Malformed, "the length of the answer is not a number");
        } else if (left_ > kMaxBodyBytes) {
            stop(State::TooLarge, "the body is larger than 1 MiB");
        }
    }
}

// Takes what is there of `left` bytes of the body; true when all of them are.
bool HttpAnswer::take_body(std::uint64_t& left) {
    const std::size_t size = std::min<std::uint64_t>(left, pending_.size() - at_);
    body_bytes_ += size;
    if (body_bytes_ > kMaxBodyBytes) {
        stop(State::TooLarge, "the body is larger than 1 MiB");
        return false;
    }
    body_.append(pending_, at_, std::min(size, kept_body_bytes_ - body_.size()));
    at_ += size;
    left -= size;
    return left == 0;
}

// True when something was done and there may be more to do.
bool HttpAnswer::read_chunk_start() {
    std::string_view line;
    const bool framing = chunk_ != Chunk::Trailer; // what is between the pieces of a body
    if (framing) {
        head_bytes_ = 0; // each line for itself; all of them together as the body is
    }
    if (!take_line(line)) {
        return false;
    }
    framing_bytes_ += framing ? head_bytes_ : 0;
    if (framing_bytes_ > kMaxBodyBytes) {
        stop(State::TooLarge, "the chunks of the body are too many");
        return false;
    }
    if (chunk_ == Chunk::End) {
        chunk_ = Chunk::Size;
        return line.empty() || (stop(State::Malformed, "a chunk is longer than it says"), false);
    }
    if (chunk_ == Chunk::Trailer) {
        return !line.empty() || (stop(State::Complete, ""), false);
    }
    if (!parse_number(trim(line.substr(0, line.find(';'))), 16, left_)) {
        stop(State::Malformed, "the size of a chunk is not a number");
        return false;
    }
    chunk_ = left_ == 0 ? Chunk::Trailer : Chunk::Data;
    return true;
}

void HttpAnswer::read_body() {
    if (framing_ != Framing::Chunks) {
        std::uint64_t all = pending_.size() - at_;
        if (take_body(framing_ == Framing::Length ? left_ : all) && framing_ == Framing::Length) {
            stop(State::Complete, "");
        }
        return;
    }
    while (state_ == State::Body) {
        if (chunk_ == Chunk::Data) {
            if (!take_body(left_)) {
                return;
            }
            chunk_ = Chunk::End;
        } else if (!read_chunk_start()) {
            return;
        }
    }
}

} // namespace opsmon::collect
