#include <catch2/catch.hpp>

#include "collect/documents.hpp"

using opsmon::collect::Documents;

TEST_CASE("documents_are_written_when_asked_for_while_somebody_offers_them", "[documents]") {
    Documents documents;
    int written = 0;
    documents.offer("/api/v1/probes", [&written] { return "{" + std::to_string(++written) + "}"; });
    CHECK(written == 0);
    CHECK(documents.write("/api/v1/probes") == "{1}");
    CHECK(documents.write("/api/v1/probes") == "{2}");
    CHECK_FALSE(documents.write("/api/v1/other").has_value());
    documents.offer("/api/v1/probes", [] { return "new"; });
    CHECK(documents.write("/api/v1/probes") == "new");
    documents.withdraw("/api/v1/probes");
    CHECK_FALSE(documents.write("/api/v1/probes").has_value());
}
