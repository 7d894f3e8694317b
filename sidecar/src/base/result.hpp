#pragma once
// This component provides `Result<T>`: a value, or an `Error` that says what happened, to what, and
// what to do next. Every function of the sidecar that can fail returns one. It never throws across
// a module boundary; a library's exceptions are turned into an `Error` where they appear.

#include <string>
#include <utility>
#include <variant>

namespace opsmon {

struct Error {
    std::string message;
    bool retryable = false; // would the same call, made again later, have a chance?

    [[nodiscard]] Error with_prefix(const std::string& prefix) const {
        return Error{prefix + ": " + message, retryable};
    }
};

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & { return std::get<0>(content_); }
    [[nodiscard]] const T& value() const& { return std::get<0>(content_); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(content_)); }
    [[nodiscard]] const Error& error() const { return std::get<1>(content_); }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : failed_(true), error_(std::move(error)) {}

    [[nodiscard]] bool ok() const { return !failed_; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const { return error_; }

private:
    bool failed_ = false;
    Error error_;
};

} // namespace opsmon
