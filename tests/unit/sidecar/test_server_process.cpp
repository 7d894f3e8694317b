#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "collect/postgresql/server_process.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

// A /proc with processes of the test's choice.
class FakeProc {
public:
    void add(int pid, const std::string& name, int parent) const {
        const auto folder = std::filesystem::path(path()) / std::to_string(pid);
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "comm") << name << '\n';
        std::ofstream(folder / "stat") << pid << " (" << name << ") S " << parent << " 1 1 0 -1";
    }
    [[nodiscard]] std::string path() const {
        return std::filesystem::path(file_.path()).parent_path().string();
    }

private:
    test::ScratchFile file_{""};
};

postgres::ServerRow server_with(double backend_pid, const postgres::Text& address) {
    postgres::ServerRow row;
    row.backend_pid = backend_pid;
    row.server_address = address;
    return row;
}

} // namespace

TEST_CASE("the_postmaster_is_the_parent_of_our_backend", "[postgresql_volume]") {
    const FakeProc proc;
    proc.add(100, "postgres", 1);
    proc.add(123, "postgres", 100);
    CHECK(find_postmaster(proc.path(), server_with(123, {})) == 100);
    CHECK(find_postmaster(proc.path(), server_with(123, "127.0.0.1")) == 100);
    CHECK(find_postmaster(proc.path(), server_with(123, "::1")) == 100);
}

TEST_CASE("a_server_that_may_be_elsewhere_has_no_process_here", "[postgresql_volume]") {
    const FakeProc proc;
    proc.add(100, "postgres", 1);
    proc.add(123, "postgres", 100);
    proc.add(200, "nginx", 100);
    proc.add(300, "postgres", 200);
    CHECK_FALSE(find_postmaster(proc.path(), server_with(123, "192.0.2.7"))); // nobody's address
    CHECK_FALSE(find_postmaster(proc.path(), server_with(123, "")));
    CHECK_FALSE(find_postmaster(proc.path(), server_with(200, {}))); // not PostgreSQL
    CHECK_FALSE(find_postmaster(proc.path(), server_with(300, {}))); // its parent is not
    CHECK_FALSE(find_postmaster(proc.path(), server_with(999, {})));
    CHECK_FALSE(find_postmaster(proc.path(), server_with(-1, {})));
    CHECK_FALSE(find_postmaster(proc.path(), server_with(1e300, {})));
    CHECK_FALSE(find_postmaster(proc.path(), postgres::ServerRow()));
}

TEST_CASE("reads_a_parent_behind_any_name", "[postgresql_volume]") {
    CHECK(parse_parent("7 (a) b) c) S 42 7") == 42);
    for (const char* text :
         {"", "7", "7 (postgres", "7 (postgres)", "7 (postgres) S", "7 (postgres) S x",
          "7 (postgres) S -1", "7 (postgres) S 0", "7 (postgres) S 99999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_parent(text));
    }
}
