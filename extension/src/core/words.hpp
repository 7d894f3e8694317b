#pragma once
// Puts sentences for people together in place: texts, sizes and times, written as the sidecar's
// page writes them. What does not fit is cut, never in the middle of a character.

#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

// "37 GiB", "1.25 MiB", "512 B": three digits at most.
Text<32> size_in_words(Bytes bytes);

// "3 h 20 min", "42 min", "5 s": two parts at most, as long as they say something.
Text<32> span_in_words(TimeUs us);

Text<24> number_in_words(std::uint64_t number);

// Puts a blank in the place of each control character, of UTF-8 too: what somebody typed can then
// neither begin a line of a log that he makes up nor command a terminal.
void put_on_one_line(char* text);

template <std::size_t N>
class Words {
public:
    Words& add(const char* words) {
        const std::size_t begins = std::strlen(text_.bytes);
        const std::size_t fits = N - 1 - begins;
        Text<N> rest{};
        rest.assign(words);
        std::size_t length = std::strlen(rest.bytes);
        if (length > fits) {
            length = fits;
            while (length > 0 && (static_cast<unsigned char>(rest.bytes[length]) & 0xC0) == 0x80) {
                --length;
            }
        }
        std::memcpy(text_.bytes + begins, rest.bytes, length);
        text_.bytes[begins + length] = '\0';
        return *this;
    }
    Words& size(Bytes bytes) { return add(size_in_words(bytes).bytes); }
    Words& span(TimeUs us) { return add(span_in_words(us).bytes); }
    Words& number(std::uint64_t number) { return add(number_in_words(number).bytes); }

    const Text<N>& text() const { return text_; }

private:
    Text<N> text_{};
};

} // namespace opsmon::core
