// Checks of the native code: CHECK("a sentence") { EXPECT(...); EXPECT_EQUAL(a, b); }
//
// They register themselves and are run by module.cpp, which ctest starts once a file.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace checks {

struct Check {
    const char* file;
    const char* sentence;
    void (*run)();
};

inline std::vector<Check>& all() {
    static std::vector<Check> list;
    return list;
}

struct Registration {
    Registration(const char* file, const char* sentence, void (*run)()) {
        all().push_back({file, sentence, run});
    }
};

void fail(const char* file, int line, const std::string& what); // in module.cpp

template <class A, class B>
void expect_equal(const A& a, const B& b, const char* text, const char* file, int line) {
    if (a == b) return;
    std::ostringstream s;
    s << text << ": " << a << " and " << b;
    fail(file, line, s.str());
}

} // namespace checks

#define CHECKS_JOIN_(a, b) a##b
#define CHECKS_JOIN(a, b) CHECKS_JOIN_(a, b)
#define CHECK(sentence)                                                                            \
    static void CHECKS_JOIN(check_, __LINE__)();                                                   \
    static const ::checks::Registration CHECKS_JOIN(registration_, __LINE__)(                      \
        __FILE__, sentence, CHECKS_JOIN(check_, __LINE__));                                        \
    static void CHECKS_JOIN(check_, __LINE__)()
#define EXPECT(condition)                                                                          \
    if (!(condition)) ::checks::fail(__FILE__, __LINE__, #condition)
#define EXPECT_EQUAL(a, b) ::checks::expect_equal(a, b, #a " == " #b, __FILE__, __LINE__)
