#pragma once
// This component makes the HTTP library's client safe against a peer that sends lines without end:
// the library understands a status line by a recursion as deep as the line is long. The bytes that
// it reads are counted here, line by line, before it sees them, and answers before the answer (1xx)
// are left out. Only HttpClient uses it.

#include <memory>

#include <httplib.h>

#include "base/url.hpp"

namespace opsmon {

inline constexpr std::size_t kMaxStatusLineBytes = 512;
inline constexpr std::size_t kMaxHeadLineBytes = 8192;

// Sets `line_too_long`, which must outlive it, when that is why a request fails.
std::unique_ptr<httplib::ClientImpl> make_bounded_client(const Url& url, bool& line_too_long);

} // namespace opsmon
