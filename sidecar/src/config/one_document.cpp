#include "config/one_document.hpp"

#include <sstream>

#include <yaml-cpp/eventhandler.h>

namespace opsmon::config {
namespace {

// Only where a document begins counts.
struct DocumentStarts final : YAML::EventHandler {
    int line = 0;

    void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

} // namespace

OneDocument parse_one_document(const std::string& text) {
    // Not YAML::LoadAll: of some texts, such as ",a", it finds documents until memory is gone.
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentStarts starts;
    OneDocument out;
    if (parser.HandleNextDocument(starts) && parser.HandleNextDocument(starts)) {
        out.second_document = starts.line;
        return out;
    }
    out.node = YAML::Load(text);
    return out;
}

} // namespace opsmon::config
