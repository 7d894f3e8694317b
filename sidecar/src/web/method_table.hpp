#pragma once
// This component knows which methods each address of the web server takes, and judges a request by
// that before anything of it is read or worked out. The server's routes fill it. No socket.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

namespace opsmon::web {

class MethodTable {
public:
    // A `pattern` with a bracket is a regular expression for the whole path.
    void add(std::string_view pattern, std::string_view method);

    // Where the request goes no further. A path that nobody has added is not judged.
    struct Answer {
        int status;
        std::string allow; // the header; may be empty
        std::string text;
    };
    [[nodiscard]] std::optional<Answer> judge(std::string_view method, std::string_view path) const;

private:
    using Methods = std::set<std::string, std::less<>>; // in the order of Prometheus' header
    [[nodiscard]] const Methods* find(std::string_view path) const;

    std::map<std::string, Methods, std::less<>> exact_;
    struct Pattern {
        std::unique_ptr<RE2> expression;
        Methods methods;
    };
    std::vector<Pattern> patterns_;
};

} // namespace opsmon::web
