#pragma once
// This component holds what differs between the versions of the HTTP library, cpp-httplib: 0.11 in
// Debian 12, 0.18 in 13, 0.41 in sid. The HTTP client and the web server build upon it.

#include <chrono>
#include <ctime>
#include <functional>
#include <type_traits>
#include <utility>

#include <httplib.h>

namespace opsmon {

// A connection that the library reads and writes through. These functions have no default in some
// versions and are unknown to others: none of them says that it overrides.
class LibraryStream : public httplib::Stream {
public:
    virtual bool is_writable() const { return is_readable(); }
    virtual bool wait_readable() const { return is_readable(); }
    virtual bool wait_writable() const { return is_readable(); }
    virtual std::time_t duration() const { return 0; } // for a limit that nobody sets
};

// What a queue of tasks answers when it takes one: nothing, in old versions.
using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));

// The target of a request goes out as it is given: it is a URL's, and encoded already.
inline void encode_nothing(auto& client) {
    if constexpr (requires { client.set_path_encode(false); }) {
        client.set_path_encode(false);
    } else {
        client.set_url_encode(false);
    }
}

// Calls `use` with each name and value of a form in parts; what came as a file is none.
void each_form_value(const httplib::Request& request, const auto& use) {
    const auto each = [&](const auto& given) {
        if constexpr (requires { given.form.fields; }) {
            for (const auto& [name, field] : given.form.fields) {
                use(name, field.content);
            }
        } else {
            for (const auto& [name, part] : given.files) {
                if (part.filename.empty()) {
                    use(name, part.content);
                }
            }
        }
    };
    each(request);
}

// A client of the library whose connections are used by `use`, once they stand.
class LibraryClient : public httplib::ClientImpl {
public:
    using ClientImpl::ClientImpl;

protected:
    using Callback = std::function<bool(httplib::Stream&)>;
    virtual bool use(socket_t fd, const Callback& callback) = 0;

private:
    // One of these is the library's, and is called by it.
    virtual bool process_socket(const Socket& socket, Callback callback) {
        return use(socket.sock, callback);
    }
    virtual bool process_socket(const Socket& socket, std::chrono::steady_clock::time_point,
                                Callback callback) {
        return use(socket.sock, callback);
    }
};

// A server of the library. Nothing here depends on who asks, so nobody is named.
class LibraryServer : public httplib::Server {
protected:
    bool answer(httplib::Stream& stream, bool close_connection, bool& closed_by_client,
                const std::function<void(httplib::Request&)>& setup) {
        const auto ask = [&](auto& self) {
            if constexpr (requires {
                              self.process_request(stream, "", 0, "", 0, true, closed_by_client,
                                                   setup);
                          }) {
                return self.process_request(stream, "", 0, "", 0, close_connection,
                                            closed_by_client, setup);
            } else {
                return self.process_request(stream, close_connection, closed_by_client, setup);
            }
        };
        return ask(*this);
    }
};

} // namespace opsmon
