#include "core/words.hpp"

namespace opsmon::core {
namespace {

constexpr const char* kUnits[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
constexpr std::size_t kUnitCount = sizeof kUnits / sizeof *kUnits;

// Decimals so that three digits show, as a power of ten.
std::uint64_t decimals_of(double value) {
    return value >= 100 ? 1 : value >= 10 ? 10 : 100;
}

std::uint64_t rounded(double value, std::uint64_t factor) {
    return static_cast<std::uint64_t>(value * static_cast<double>(factor) + 0.5);
}

} // namespace

Text<24> number_in_words(std::uint64_t number) {
    char digits[24];
    std::size_t place = sizeof digits;
    do {
        digits[--place] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    Text<24> text{};
    text.assign(digits + place, sizeof digits - place);
    return text;
}

Text<32> size_in_words(Bytes bytes) {
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // Rounding must not show 1024 KiB for what is 1 MiB.
    while (unit + 1 < kUnitCount && value >= 1023.5) {
        value /= 1024;
        ++unit;
    }
    const std::uint64_t factor = unit == 0 ? 1 : decimals_of(value);
    const std::uint64_t all = rounded(value, factor);
    Words<32> words;
    words.number(all / factor);
    std::uint64_t fraction = all % factor;
    if (fraction != 0) {
        words.add(".");
        for (std::uint64_t step = factor / 10; fraction != 0; step /= 10) {
            words.number(fraction / step);
            fraction %= step;
        }
    }
    return words.add(kUnits[unit]).text();
}

Text<32> span_in_words(TimeUs us) {
    constexpr struct {
        std::uint64_t seconds;
        const char* unit;
    } kParts[] = {{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}};
    std::uint64_t rest =
        us > 0 ? (static_cast<std::uint64_t>(us) + kUsPerSecond / 2) / kUsPerSecond : 0;
    Words<32> words;
    std::uint32_t parts = 0;
    for (const auto& part : kParts) {
        const std::uint64_t count = rest / part.seconds;
        rest -= count * part.seconds;
        if (count == 0) {
            if (parts > 0) {
                break;
            }
            continue;
        }
        words.add(parts > 0 ? " " : "").number(count).add(part.unit);
        if (++parts == 2 || count >= 10) {
            break;
        }
    }
    return parts == 0 ? words.add("0 s").text() : words.text();
}

void put_on_one_line(char* text) {
    for (; *text != '\0'; ++text) {
        const auto byte = static_cast<unsigned char>(*text);
        const auto next = static_cast<unsigned char>(text[1]);
        if (byte < ' ' || byte == 0x7f) {
            *text = ' ';
        } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) { // U+0080 to U+009F
            text[0] = text[1] = ' ';
        }
    }
}

} // namespace opsmon::core
