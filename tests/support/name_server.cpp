// A name server that tests hold in their hands, preloaded into a program: it knows db.test, which
// is 127.0.0.1, and nothing else under .test, and is silent of those while the file is there that
// NAME_SERVER_SILENCE names.

#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <netdb.h>
#include <time.h>
#include <unistd.h>

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    static const auto real =
        reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const bool is_numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
    if (node == nullptr || is_numeric || std::strstr(node, ".test") == nullptr) {
        return real(node, service, hints, found);
    }
    const char* silence = std::getenv("NAME_SERVER_SILENCE");
    while (silence != nullptr && ::access(silence, F_OK) == 0) {
        const timespec moment{0, 20'000'000};
        ::nanosleep(&moment, nullptr);
    }
    return std::strcmp(node, "db.test") == 0 ? real("127.0.0.1", service, hints, found)
                                             : EAI_NONAME;
}
