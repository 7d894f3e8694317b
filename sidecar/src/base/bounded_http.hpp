#pragma once
// This component makes the HTTP library's client safe against a peer that sends lines without end:
// the library understands a status line by a recursion as deep as the line is long. The bytes that
// it reads are counted here, line by line, before it sees them, and answers before the answer (1xx)
// are left out. TLS is ours (http_tls), so that it is the same in every version of the library.
// Only HttpClient uses it.

#include <memory>

#include "base/http_library.hpp"
#include "base/http_tls.hpp"
#include "base/url.hpp"

namespace opsmon {

inline constexpr std::size_t kMaxStatusLineBytes = 512;
inline constexpr std::size_t kMaxHeadLineBytes = 8192;

// Why a request failed, when it is nothing that the library knows.
struct HttpTrouble {
    bool line_too_long = false;
    HttpTls::Failure tls = HttpTls::Failure::None;
};

// Writes into `trouble`, which must outlive it.
std::unique_ptr<httplib::ClientImpl> make_bounded_client(const Url& url, HttpTrouble& trouble);

// For a request with a body. Newer versions of the library ask leave for a body of 1 KiB, with
// "Expect: 100-continue", and wait for it: in vain where answers before the answer are left out,
// and with peers that give none. A header of that name keeps them from it, and is not sent.
void ask_no_leave(httplib::Request& request);

} // namespace opsmon
