#pragma once
// This component holds what is secret about a receiver: its address, whose path is a password, and
// the value of its Authorization header. The settings make them and `delivery` uses them. They have
// no operator<< and no to_string on purpose. What is in a file can be read again with current():
// so a token that was changed there is used without a reload.

#include "base/result.hpp"
#include "base/url.hpp"

#include <optional>
#include <string>
#include <utility>

namespace opsmon::notify {

inline constexpr std::size_t kMaxSecretBytes = 4096;

// Where a secret was found, where that is a file.
struct SecretFile {
    std::string path;
    std::string setting; // the key that names it, for people: the path may itself be a secret
    friend bool operator==(const SecretFile&, const SecretFile&) = default;
};

// Without white space around it. The error does not hold the path.
[[nodiscard]] Result<std::string> read_secret(const std::string& path);

class SecretUrl {
public:
    explicit SecretUrl(Url url, std::optional<SecretFile> file = {})
        : url_(std::move(url)), file_(std::move(file)) {}
    // The error, also of one that is not valid, holds nothing of the text.
    [[nodiscard]] static Result<SecretUrl> parse(const std::string& text,
                                                 std::optional<SecretFile> file = {});

    [[nodiscard]] const Url& reveal() const { return url_; }
    [[nodiscard]] Result<SecretUrl> current() const;
    // The same address, or what the same file says, whatever it says by now.
    [[nodiscard]] bool same_place(const SecretUrl& other) const;
    friend bool operator==(const SecretUrl&, const SecretUrl&) = default;

private:
    Url url_;
    std::optional<SecretFile> file_;
};

class SecretHeader {
public:
    SecretHeader() = default; // none
    explicit SecretHeader(std::string value) : value_(std::move(value)) {}
    // "Bearer SECRET"; with a user name it is that of basic authentication.
    [[nodiscard]] static Result<SecretHeader> make(std::string scheme,
                                                   std::optional<std::string> username,
                                                   const std::string& secret,
                                                   std::optional<SecretFile> file = {});

    [[nodiscard]] const std::string& reveal() const { return value_; }
    [[nodiscard]] Result<SecretHeader> current() const;
    friend bool operator==(const SecretHeader&, const SecretHeader&) = default;

private:
    std::string value_;
    std::string scheme_;
    std::optional<std::string> username_;
    std::optional<SecretFile> file_;
};

} // namespace opsmon::notify
