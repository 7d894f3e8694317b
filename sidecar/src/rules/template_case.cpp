#include "rules/template_case.hpp"

#include <clocale>
#include <cstdint>
#include <cwctype>

namespace opsmon::rules {
namespace {

// The letters of Unicode, whatever the locale of the process is. Null where the system has none:
// then only ASCII has a case.
locale_t unicode() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

bool is_ascii_letter(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char32_t upper(char32_t c) {
    if (c < 0x80 || unicode() == nullptr) {
        return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
    }
    return static_cast<char32_t>(::towupper_l(static_cast<wint_t>(c), unicode()));
}

char32_t lower(char32_t c) {
    if (c < 0x80 || unicode() == nullptr) {
        return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
    }
    return static_cast<char32_t>(::towlower_l(static_cast<wint_t>(c), unicode()));
}

// What goes on with a word, for strings.Title.
bool in_word(char32_t c) {
    if (c < 0x80) {
        return c == '_' || is_ascii_letter(c) || (c >= '0' && c <= '9');
    }
    return unicode() == nullptr || ::iswspace_l(static_cast<wint_t>(c), unicode()) == 0;
}

// Takes one character off the text; bytes that are no UTF-8 come one by one.
char32_t take(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length && i < text.size(); ++i) {
        c = (c << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    text.remove_prefix(length < text.size() ? length : text.size());
    return c;
}

void put(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr unsigned kHeads[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(kHeads[more] | (c >> (6U * static_cast<unsigned>(more))));
    for (int i = more - 1; i >= 0; --i) {
        out += static_cast<char>(0x80U | ((c >> (6U * static_cast<unsigned>(i))) & 0x3FU));
    }
}

template <typename Convert>
std::string map(std::string_view text, Convert convert) {
    std::string out;
    while (!text.empty()) {
        put(out, convert(take(text)));
    }
    return out;
}

} // namespace

std::string upper_case(std::string_view text) {
    return map(text, upper);
}

std::string lower_case(std::string_view text) {
    return map(text, lower);
}

std::string title_case(std::string_view text) {
    bool inside = false;
    return map(text, [&inside](char32_t c) {
        const auto out = inside ? c : upper(c);
        inside = in_word(c);
        return out;
    });
}

} // namespace opsmon::rules
