// What reading an access log costs: writes a realistic one, or follows one through everything that
// the sidecar does with a line, and prints how long that took.
//
//   bench_access_log generate combined|json LINES FILE
//   bench_access_log count combined|json FILE

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>

#include "collect/access_log/log_file.hpp"
#include "collect/access_log/service_log.hpp"

using namespace opsmon;

namespace {

constexpr const char* kAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
                               "Gecko) Chrome/118.0.0.0 Safari/537.36";

std::string path_of(std::mt19937& random) {
    const unsigned kind = random() % 100;
    const std::string id = std::to_string(random() % 1'000'000);
    if (kind < 30) {
        return "/api/v1/orders/" + id;
    }
    if (kind < 50) {
        return "/api/v1/products?category=" + std::to_string(random() % 50) + "&page=2";
    }
    if (kind < 70) {
        return "/static/js/app." + std::to_string(random() % 8) + ".js";
    }
    if (kind < 95) {
        return "/checkout/step" + std::to_string(random() % 4);
    }
    return "/wp-content/plugins/x" + id + "/readme.txt"; // a scan: never the same twice
}

void write_line(std::FILE* file, bool json, std::mt19937& random) {
    const unsigned client = random() % 5000;
    const std::string path = path_of(random);
    const unsigned die = random() % 100;
    const int status = die < 92 ? 200 : die < 95 ? 304 : die < 99 ? 404 : 502;
    const unsigned bytes = random() % 50'000;
    const unsigned ms = random() % 400;
    if (json) {
        std::fprintf(file,
                     "{\"time\":\"2026-01-31T12:34:56+00:00\",\"remote_addr\":\"203.0.%u.%u\","
                     "\"request\":\"GET %s HTTP/1.1\",\"status\":%d,\"body_bytes_sent\":%u,"
                     "\"request_time\":0.%03u,\"http_referer\":\"https://shop.example/\","
                     "\"http_user_agent\":\"%s\",\"http_x_forwarded_for\":\"\"}\n",
                     client / 250, client % 250, path.c_str(), status, bytes, ms, kAgent);
    } else {
        std::fprintf(file,
                     "203.0.%u.%u - - [31/Jan/2026:12:34:56 +0000] \"GET %s HTTP/1.1\" %d %u "
                     "\"https://shop.example/\" \"%s\" 0.%03u\n",
                     client / 250, client % 250, path.c_str(), status, bytes, kAgent, ms);
    }
}

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

int generate(bool json, unsigned long lines, const char* path) {
    std::FILE* file = std::fopen(path, "w");
    if (file == nullptr) {
        std::perror(path);
        return 1;
    }
    std::mt19937 random(1);
    for (unsigned long i = 0; i < lines; ++i) {
        write_line(file, json, random);
    }
    return std::fclose(file) == 0 ? 0 : 1;
}

int count(bool json, const char* path) {
    config::AccessLog settings;
    settings.format = json ? config::AccessLogFormat::Json : config::AccessLogFormat::Combined;
    settings.extra_fields = {"duration"};
    collect::LineCounter counter(settings);
    auto file = collect::LogFile::open(path);
    if (!file) {
        std::fprintf(stderr, "%s\n", file.error().message.c_str());
        return 1;
    }
    std::vector<char> buffer(256 * 1024);
    collect::ReadBudget budget{~0ULL, steady_now() + std::chrono::hours(1)};
    const double before = cpu_seconds();
    counter.counts().advance(steady_now());
    file->read(buffer, budget, counter);
    const double seconds = cpu_seconds() - before;
    std::printf("%" PRIu64 " lines parsed, %" PRIu64 " not, %.3f s CPU, %.0f lines/s\n",
                counter.parsed(), counter.unparsed(), seconds,
                static_cast<double>(counter.parsed()) / seconds);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const bool json = argc > 2 && std::strcmp(argv[2], "json") == 0;
    if (argc == 5 && std::strcmp(argv[1], "generate") == 0) {
        return generate(json, std::strtoul(argv[3], nullptr, 10), argv[4]);
    }
    if (argc == 4 && std::strcmp(argv[1], "count") == 0) {
        return count(json, argv[3]);
    }
    std::fprintf(stderr, "usage: bench_access_log generate combined|json LINES FILE\n"
                         "       bench_access_log count combined|json FILE\n");
    return 2;
}
