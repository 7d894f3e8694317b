#include "core/version.hpp"

namespace opsmon::core {
namespace {

// The next number of a version, with the dot behind it; false where there is none.
bool take_number(const char*& text, std::uint32_t& number) {
    constexpr int kDigitsMax = 6;
    int digits = 0;
    number = 0;
    for (; *text >= '0' && *text <= '9'; ++text, ++digits) {
        if (digits == kDigitsMax) {
            return false;
        }
        number = 10 * number + static_cast<std::uint32_t>(*text - '0');
    }
    if (digits == 0 || (*text != '.' && *text != '\0')) {
        return false;
    }
    if (*text == '.') {
        ++text;
        return *text != '\0';
    }
    return true;
}

} // namespace

Fit fit_of(const char* library, const char* sql) {
    Fit fit = Fit::Same;
    do {
        std::uint32_t ours = 0;
        std::uint32_t theirs = 0;
        if (!take_number(library, ours) || !take_number(sql, theirs)) {
            return Fit::CannotBeTold;
        }
        if (fit == Fit::Same && ours != theirs) {
            fit = theirs < ours ? Fit::SqlIsOlder : Fit::SqlIsNewer;
        }
    } while (*library != '\0' || *sql != '\0');
    return fit;
}

} // namespace opsmon::core
