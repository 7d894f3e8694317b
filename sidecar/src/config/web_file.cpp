#include "config/web_file.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "config/one_document.hpp"
#include "config/section.hpp"
#include "config/sections.hpp"

namespace opsmon::config {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxUsers = 1000;
constexpr std::size_t kBcryptBytes = 60;
constexpr int kCostMax = 14; // one attempt then takes a second

template <typename T, std::size_t N>
using Names = std::array<std::pair<std::string_view, T>, N>;

constexpr Names<ClientAuth, 5> kClientAuths{{
    {"NoClientCert", ClientAuth::None},
    {"RequestClientCert", ClientAuth::Request},
    {"RequireAnyClientCert", ClientAuth::RequireAny},
    {"VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::RequireAndVerify},
}};
constexpr Names<int, 2> kVersions{{{"TLS12", 0x0303}, {"TLS13", 0x0304}}};
// Go's names, and OpenSSL's.
constexpr Names<std::string_view, 6> kCiphers{{
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
}};
// TLS 1.3 is always offered with its own three, as in Go: naming them changes nothing.
constexpr std::array<std::string_view, 3> kTls13Ciphers{
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
constexpr Names<std::string_view, 4> kCurves{
    {{"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}}};
constexpr std::array<std::string_view, 5> kHeaders{"Content-Security-Policy", "X-Frame-Options",
                                                   "X-Content-Type-Options", "X-XSS-Protection",
                                                   "Strict-Transport-Security"};

template <typename T, std::size_t N>
std::string list_of(const Names<T, N>& names) {
    std::string out;
    for (const auto& [name, value] : names) {
        out += (out.empty() ? "" : ", ") + std::string(name);
    }
    return out;
}

template <typename T, std::size_t N>
const T* find(const Names<T, N>& names, std::string_view name) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == names.end() ? nullptr : &found->second;
}

class Reader {
public:
    Reader(const std::string& file, Faults& faults) : file_(file), faults_(faults) {}

    WebFile read(Section top) {
        WebFile out;
        top.be_lenient();
        if (auto section = top.section("tls_server_config")) {
            out.tls = read_tls(std::move(*section));
        }
        if (auto section = top.section("http_server_config")) {
            out.headers = read_http(std::move(*section));
        }
        out.users = read_users(top);
        top.finish();
        return out;
    }

private:
    // A value out of a list of names; what stands in `out` already where it is not given.
    template <typename T, std::size_t N>
    void choose(Section& section, std::string_view key, const Names<T, N>& names, T& out) {
        section.describe(key, "word", "one of " + list_of(names));
        const auto given = section.text(key, kMaxNameBytes);
        if (!given || given->value.empty()) {
            return;
        }
        if (const T* value = find(names, given->value)) {
            out = *value;
        } else {
            faults_.add(given->line, section.key_path(key), "must be one of " + list_of(names));
        }
    }

    template <std::size_t N>
    std::string join(Section& section, std::string_view key,
                     const Names<std::string_view, N>& names) {
        section.describe(key, "list of words", "of " + list_of(names));
        std::string out;
        for (const auto& given : section.texts(key, kMaxListEntries, kMaxNameBytes)) {
            if (const std::string_view* value = find(names, given.value)) {
                out += (out.empty() ? "" : ":") + std::string(*value);
            } else if (std::find(kTls13Ciphers.begin(), kTls13Ciphers.end(), given.value) ==
                       kTls13Ciphers.end()) {
                faults_.add(given.line, section.key_path(key),
                            shown(given.value) + " is not offered here; there are " +
                                list_of(names));
            }
        }
        return out;
    }

    std::string file_of(Section& section, std::string_view key) {
        const auto given = section.text(key, kMaxTextBytes);
        return given && !given->value.empty() ? beside(file_, given->value) : "";
    }

    TlsServer read_tls(Section section) {
        TlsServer out;
        out.cert_file = file_of(section, "cert_file");
        out.key_file = file_of(section, "key_file");
        out.client_ca_file = file_of(section, "client_ca_file");
        for (const auto& [key, value] :
             {std::pair{"cert_file", &out.cert_file}, {"key_file", &out.key_file}}) {
            if (value->empty()) {
                faults_.add(section.line(), section.key_path(key), "is needed for TLS");
            }
        }
        choose(section, "client_auth_type", kClientAuths, out.client_auth);
        choose(section, "min_version", kVersions, out.min_version);
        choose(section, "max_version", kVersions, out.max_version);
        if (out.min_version > out.max_version) {
            faults_.add(section.line(), section.key_path("min_version"),
                        "must not be above max_version");
        }
        const bool asks = out.client_auth != ClientAuth::None;
        if (!out.client_ca_file.empty() && !asks) {
            faults_.add(section.line(), section.key_path("client_ca_file"),
                        "is given, but client_auth_type does not ask for a certificate");
        }
        const bool verifies = out.client_auth == ClientAuth::VerifyIfGiven ||
                              out.client_auth == ClientAuth::RequireAndVerify;
        if (verifies && out.client_ca_file.empty()) {
            faults_.add(section.line(), section.key_path("client_ca_file"),
                        "is needed to verify certificates of clients");
        }
        out.ciphers = join(section, "cipher_suites", kCiphers);
        out.curves = join(section, "curve_preferences", kCurves);
        // Who prefers makes no difference to what is safe; OpenSSL goes by the client.
        (void)section.boolean("prefer_server_cipher_suites");
        section.finish();
        return out;
    }

    std::vector<std::pair<std::string, std::string>> read_http(Section section) {
        (void)section.boolean("http2"); // HTTP/1.1 is what every client of it speaks as well
        std::vector<std::pair<std::string, std::string>> out;
        for (const auto& [name, value] : section.pairs("headers", kHeaders.size(), kMaxTextBytes)) {
            if (std::find(kHeaders.begin(), kHeaders.end(), name.value) == kHeaders.end()) {
                faults_.add(name.line, "http_server_config.headers",
                            "the header " + shown(name.value) + " cannot be set here");
            } else if (std::any_of(value.value.begin(), value.value.end(),
                                   [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
                faults_.add(value.line, "http_server_config.headers." + name.value,
                            "must be one line without control characters");
            } else {
                out.emplace_back(name.value, value.value);
            }
        }
        section.finish();
        return out;
    }

    std::vector<WebUser> read_users(Section& top) {
        std::vector<WebUser> out;
        for (const auto& [name, hash] : top.pairs("basic_auth_users", kMaxUsers, kMaxNameBytes)) {
            if (const std::string problem = problem_of(name.value, hash.value); !problem.empty()) {
                faults_.add(name.line, "basic_auth_users." + shown(name.value), problem);
            } else {
                out.push_back({name.value, hash.value});
            }
        }
        return out;
    }

    static std::string problem_of(std::string_view name, std::string_view hash) {
        if (name.empty() || name.find(':') != std::string_view::npos) {
            return "a user's name is not empty and has no colon";
        }
        const bool is_bcrypt = hash.size() == kBcryptBytes && hash.starts_with("$2") &&
                               std::string_view("aby").find(hash[2]) != std::string_view::npos &&
                               hash[3] == '$' && hash[6] == '$' && parse_count(hash.substr(4, 2)) &&
                               std::all_of(hash.begin() + 7, hash.end(), [](unsigned char c) {
                                   return std::isalnum(c) != 0 || c == '.' || c == '/';
                               });
        if (!is_bcrypt) {
            return "must be a bcrypt hash, such as `htpasswd -nBC 10 \"\"` makes it";
        }
        const auto cost = static_cast<int>(*parse_count(hash.substr(4, 2)));
        if (cost < 4 || cost > kCostMax) {
            return "the cost of the hash must be 4 to 14: each attempt is paid for here";
        }
        return "";
    }

    const std::string& file_;
    Faults& faults_;
};

} // namespace

Result<WebFile> parse_web_file(const std::string& yaml, const std::string& file) {
    Faults faults(file);
    try {
        const OneDocument document = parse_one_document(yaml);
        if (document.second_document) {
            faults.add(*document.second_document, "", "a second document; the file is one");
            return faults.to_error();
        }
        WebFile out = Reader(file, faults).read(Section(document.node, "", faults));
        if (faults.empty()) {
            return out;
        }
    } catch (const YAML::Exception& problem) {
        faults.add(problem.mark.is_null() ? 1 : problem.mark.line + 1, "",
                   "not valid YAML: " + problem.msg);
    }
    return faults.to_error();
}

void describe_web_file(KeyBook& book) {
    Faults faults("");
    const std::string file;
    (void)Reader(file, faults).read(Section::describing(book, faults));
}

Result<WebFile> load_web_file(const std::string& file) {
    const auto text = read_file(file, kMaxFileBytes);
    if (!text) {
        return text.error();
    }
    return parse_web_file(*text, file);
}

} // namespace opsmon::config
