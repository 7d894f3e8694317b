#include "notify/secrets.hpp"

#include "base/text.hpp"
#include "config/secret_file.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace opsmon::notify {
namespace {

std::string base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            bits =
                (bits << 8) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out += i + j > text.size() ? '=' : kDigits[(bits >> (18 - 6 * j)) & 63];
        }
    }
    return out;
}

bool is_header_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

} // namespace

Result<std::string> read_secret(const std::string& path) {
    auto content = config::read_secret_file(path, kMaxSecretBytes, "the file this key names");
    return content ? Result<std::string>(std::string(trim(*content))) : content.error();
}

Result<SecretUrl> SecretUrl::parse(const std::string& text, std::optional<SecretFile> file) {
    auto url = parse_url(text);
    if (!url) {
        return Error{"is not a webhook address (not shown: it is a secret): " +
                     url.error().message};
    }
    return SecretUrl(std::move(*url), std::move(file));
}

Result<SecretUrl> SecretUrl::current() const {
    if (!file_) {
        return *this;
    }
    const auto text = read_secret(file_->path);
    auto out = text ? parse(*text, file_) : text.error();
    return out ? std::move(out) : out.error().with_prefix(file_->setting);
}

bool SecretUrl::same_place(const SecretUrl& other) const {
    return url_ == other.url_ || (file_ && other.file_ && file_->path == other.file_->path);
}

Result<SecretHeader> SecretHeader::make(std::string scheme, std::optional<std::string> username,
                                        const std::string& secret, std::optional<SecretFile> file) {
    SecretHeader out(scheme + " " + (username ? base64(*username + ":" + secret) : secret));
    if (!is_header_value(out.value_)) {
        return Error{"holds characters that a header cannot carry (not shown: a secret)"};
    }
    out.scheme_ = std::move(scheme);
    out.username_ = std::move(username);
    out.file_ = std::move(file);
    return out;
}

Result<SecretHeader> SecretHeader::current() const {
    if (!file_) {
        return *this;
    }
    const auto text = read_secret(file_->path);
    auto out = !text                         ? text.error()
               : text->empty() && !username_ ? Error{"the file this key names is empty"}
                                             // about to be written, perhaps
                                             : make(scheme_, username_, *text, file_);
    return out ? std::move(out) : out.error().with_prefix(file_->setting);
}

} // namespace opsmon::notify
