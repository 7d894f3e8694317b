// Asks for pages as Prometheus does, over connections that are kept: for each line of URLs on
// standard input, all of them one after the other. Prints how many milliseconds that took and how
// many bytes came.
//
//   echo http://127.0.0.1:9187/metrics http://127.0.0.1:9100/metrics | bench_scrape

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include <httplib.h>

namespace {

std::size_t fetch(const std::string& url) {
    static std::map<std::string, std::unique_ptr<httplib::Client>> clients;
    const auto slash = url.find('/', url.find("//") + 2);
    const auto host = url.substr(0, slash);
    auto& client = clients[host];
    if (!client) {
        client = std::make_unique<httplib::Client>(host);
        client->set_keep_alive(true);
        client->set_tcp_nodelay(true);
    }
    const auto answer = client->Get(url.substr(slash));
    if (!answer || answer->status != 200) {
        std::fprintf(stderr, "%s does not answer with 200\n", url.c_str());
        std::exit(1);
    }
    return answer->body.size();
}

} // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream urls(line);
        std::size_t bytes = 0;
        const auto begun = std::chrono::steady_clock::now();
        for (std::string url; urls >> url;) {
            bytes += fetch(url);
        }
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - begun;
        std::printf("%.4f %zu\n", took.count(), bytes);
        std::fflush(stdout);
    }
    return 0;
}
