#include "web/held_answers.hpp"

#include <malloc.h>
#include <string>
#include <utility>

namespace opsmon::web {
namespace {

constexpr const char* kJsonType = "application/json";
constexpr std::size_t kSmallAnswerBytes = 256UL << 10;

struct Held {
    Held(std::string text, std::shared_ptr<HeldAnswers> its_place)
        : body(std::move(text)), place(std::move(its_place)) {
        place->take(body.size());
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        place->give_back(body.size());
        std::string().swap(body);
        ::malloc_trim(0); // what a large query needed is not needed again soon
    }

    std::string body;
    std::shared_ptr<HeldAnswers> place;
};

} // namespace

void send(httplib::Response& response, ApiAnswer answer) {
    response.status = answer.status;
    response.set_content(std::move(answer.body), kJsonType);
}

void send(httplib::Response& response, ApiAnswer answer, const std::shared_ptr<HeldAnswers>& held) {
    if (answer.body.size() <= kSmallAnswerBytes) {
        return send(response, std::move(answer));
    }
    if (!held->has_room_for(answer.body.size())) {
        return send(response, api_error("unavailable",
                                        "too many large answers are being read already; ask for "
                                        "less, or again later"));
    }
    const auto one = std::make_shared<const Held>(std::move(answer.body), held);
    response.status = answer.status;
    response.set_content_provider(
        one->body.size(), kJsonType,
        [one](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
            return sink.write(one->body.data() + offset, length);
        });
}

} // namespace opsmon::web
