#pragma once
// This component provides a file for one test, in a folder of its own that goes away with it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace opsmon::test {

class ScratchFile {
public:
    explicit ScratchFile(const std::string& content, const std::string& name = "file.yml") {
        auto pattern = (std::filesystem::temp_directory_path() / "opsmon-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("cannot make " + pattern);
        }
        folder_ = pattern;
        path_ = (folder_ / name).string();
        write(content);
    }
    ~ScratchFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    void write(const std::string& content) const { std::ofstream(path_) << content; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::filesystem::path folder_;
    std::string path_;
};

} // namespace opsmon::test
