#pragma once
// This component reads name and password out of an Authorization header. Whoever asks for them uses
// it. Pure; what it is given stays a secret.

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::web {

struct BasicCredentials {
    std::string name;
    std::string password;
};

// Nothing where the header is of another scheme, longer than 1 KiB or not as RFC 7617 has it.
[[nodiscard]] std::optional<BasicCredentials>
parse_basic_credentials(std::string_view authorization);

} // namespace opsmon::web
