#include "../dispatch/numpy_api.hpp"

#include "attribution.hpp"

#include "../dispatch/reference.hpp"
#include "call.hpp"

#include <algorithm>
#include <bit>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flopscope::attribution {

namespace {

using counters::DetailKey;
using counters::DetailRow;
using counters::no_place;
namespace ledger = counters::ledger;

std::vector<std::string> roots; // with a separator at the end
frames::CodeSet own_code, library_code;

bool is_below_root(std::string_view file) noexcept {
    if (roots.empty() || file.empty()) return true;
    if (file.front() == '<') return file.rfind("<frozen", 0) != 0; // <string>, <stdin>
    if (file.front() == '/') {
        const auto root = std::find_if(roots.begin(), roots.end(),
                                       [&](const std::string& r) { return file.rfind(r, 0) == 0; });
        if (root == roots.end()) return false;
        file.remove_prefix(root->size() - 1);
    }
    // An environment, or Python itself, may lie in the user's folder.
    for (const char* part : {"/site-packages/", "/dist-packages/", "/lib/python3."})
        if (file.find(part) != file.npos) return false;
    return true;
}

// UTF-8 of a text of the user's, which may hold lone surrogates; empty where it is none.
std::string text_of(PyObject* text) {
    PyRef bytes(text != nullptr && PyUnicode_Check(text)
                    ? PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass")
                    : nullptr);
    if (!bytes) {
        PyErr_Clear();
        return {};
    }
    return {PyBytes_AS_STRING(bytes.get()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

std::uint32_t as_number(int n) noexcept {
    return static_cast<std::uint32_t>(n > 0 ? n : 0);
}

// What a code object is called: its file, its first line and its name.
std::string name_of(const PyCodeObject* code) {
    return text_of(code->co_filename) + '\0' + text_of(code->co_qualname) + '\0' +
           std::to_string(code->co_firstlineno);
}

// Of code with one name so much is held. A program that compiles the same again and again (eval in
// a loop) would take memory without end: the rest is known by its name alone, which takes longer.
constexpr int most_held = 1024;
std::unordered_map<std::string, int> held;

Whose whose(PyObject* code) noexcept {
    if (own_code.contains(code)) [[likely]]
        return own;
    if (frames::is_numpy(code)) return numpys;
    if (library_code.contains(code)) return a_librarys;
    const auto* c = reinterpret_cast<PyCodeObject*>(code);
    const bool is_own = is_below_root(text_of(c->co_filename));
    if (int& count = held[name_of(c)]; count < most_held) {
        ++count;
        (is_own ? own_code : library_code).insert(code);
    }
    return is_own ? own : a_librarys;
}

// Whether its address is never another's; asked after `whose`.
bool is_held(PyObject* code) noexcept {
    return own_code.contains(code) || frames::is_numpy(code) || library_code.contains(code);
}

// An exception that is set when a call is counted is the program's.
class Aside {
public:
    Aside() noexcept { PyErr_Fetch(&type_, &value_, &traceback_); }
    ~Aside() { PyErr_Restore(type_, value_, traceback_); }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

private:
    PyObject *type_ = nullptr, *value_ = nullptr, *traceback_ = nullptr;
};

struct Pair {
    std::uint64_t a, b;
    bool operator==(const Pair&) const = default;
};
struct HashOfPair {
    std::size_t operator()(const Pair& p) const noexcept {
        return (std::rotl(p.a, 29) ^ p.b) * 0x9E3779B97F4A7C15ull >> 7;
    }
};
using Numbers = std::unordered_map<Pair, std::uint32_t, HashOfPair>;

// The number of a frame's line, the same for all code of one name.
std::uint32_t place_of_line(PyCodeObject* code, int instruction, Whose owner) {
    static auto* known = new std::unordered_map<std::string, std::uint32_t>;
    const std::uint32_t line = as_number(PyCode_Addr2Line(code, instruction));
    const auto [at, is_new] = known->try_emplace(name_of(code) + '\0' + std::to_string(line) +
                                                     '\0' + std::to_string(owner),
                                                 static_cast<std::uint32_t>(known->size()));
    if (is_new)
        ledger::say(ledger::Word::frame, {line, as_number(code->co_firstlineno), owner},
                    {text_of(code->co_filename), text_of(code->co_qualname)});
    return at->second;
}

struct Place {
    std::uint32_t number;
    bool is_held; // it can be found by its address
};

Place place_of(const InterpreterFrame* f) {
    static auto* known = new Numbers;
    const int instruction = instruction_of(f, f->code);
    auto* code = reinterpret_cast<PyCodeObject*>(f->code);
    const Whose owner = whose(f->code);
    if (!is_held(f->code)) return {place_of_line(code, instruction, owner), false};
    const auto [at, is_new] = known->try_emplace(
        {reinterpret_cast<std::uint64_t>(f->code), static_cast<std::uint64_t>(instruction)});
    if (is_new) at->second = place_of_line(code, instruction, owner);
    return {at->second, true};
}

std::uint32_t node_of(std::uint32_t caller, std::uint32_t place) {
    static auto* known = new Numbers;
    const auto [at, is_new] =
        known->try_emplace({caller, place}, static_cast<std::uint32_t>(known->size()));
    if (is_new) ledger::say(ledger::Word::node, {caller, place});
    return at->second;
}

// What threading calls this thread; empty where it does not know it. No code of the user's is run.
std::string name_of_thread(const PyThreadState* state) {
    PyObject* module = PyDict_GetItemString(PyImport_GetModuleDict(), "threading");
    PyObject* active = module != nullptr && PyModule_Check(module)
                           ? PyDict_GetItemString(PyModule_GetDict(module), "_active")
                           : nullptr;
    PyRef number(PyLong_FromUnsignedLong(state->thread_id));
    PyRef attribute(PyUnicode_FromString("_name"));
    PyObject* thread = active != nullptr && PyDict_CheckExact(active) && number
                           ? PyDict_GetItemWithError(active, number.get())
                           : nullptr;
    PyRef name(thread != nullptr && attribute ? PyObject_GenericGetAttr(thread, attribute.get())
                                              : nullptr);
    std::string text = text_of(name.get());
    PyErr_Clear();
    return text.empty() && module == nullptr ? "MainThread" : text;
}

using counters::most_threads;
constexpr std::uint16_t most_name_spaces = 4000;

std::uint16_t number_of_thread(counters::Thread& t, const PyThreadState* state) {
    static std::uint16_t named = 0;
    if (t.number == 0) {
        if (named < most_threads) {
            ++named;
            ledger::say(ledger::Word::thread, {},
                        {named < most_threads ? name_of_thread(state) : "further threads"});
        }
        t.number = named;
    }
    return t.number;
}

std::uint16_t number_of(const counters::Scope& scope) {
    static auto* known = new std::unordered_map<std::string, std::uint16_t>{{"", 0}};
    const bool is_full = known->size() >= most_name_spaces;
    const auto [at, is_new] = known->try_emplace(is_full ? "further namespaces" : scope.name,
                                                 static_cast<std::uint16_t>(known->size()));
    if (is_new) ledger::say(ledger::Word::name_space, {}, {at->first});
    return at->second;
}

std::uint16_t name_space_of(counters::Thread& t, const PyThreadState* state, unsigned on) noexcept {
    if ((on & mode_scopes) == 0) return 0;
    ScopeObject* scope = find_scope(t, state);
    if (scope == nullptr) return 0;
    int& number = scope->scope->number;
    if (number < 0) [[unlikely]]
        number = number_of(*scope->scope);
    return static_cast<std::uint16_t>(number);
}

struct Chain {
    std::uint64_t hash = 0, depth = 0;
};

// An instruction's address tells its code too.
Chain chain_of(const InterpreterFrame* f) noexcept {
    Chain c;
    for (; f != nullptr; f = f->previous) {
        if (is_stack_boundary(f)) continue;
        // No longer than it takes to load the next frame's address.
        c.hash = (c.hash + reinterpret_cast<std::uint64_t>(f->instruction)) * 0x9E3779B97F4A7C15ull;
        ++c.depth;
    }
    return c;
}

// It ends where NumPy was called. Held, where all of its code is.
Place stack_of(const InterpreterFrame* innermost) {
    while (innermost != nullptr &&
           (is_stack_boundary(innermost) || frames::is_numpy(innermost->code)))
        innermost = innermost->previous;
    std::vector<const InterpreterFrame*> stack;
    for (const InterpreterFrame* f = innermost; f != nullptr; f = f->previous)
        if (!is_stack_boundary(f)) stack.push_back(f);
    Place all{no_place, true};
    for (auto f = stack.rbegin(); f != stack.rend(); ++f) {
        const Place place = place_of(*f);
        all = {node_of(all.number, place.number), all.is_held && place.is_held};
    }
    return all;
}

// The nearest frame of the user's own; where there is none, the nearest that is not NumPy's.
const InterpreterFrame* own_frame(const InterpreterFrame* caller) noexcept {
    const InterpreterFrame* nearest = nullptr;
    for (const InterpreterFrame* f = caller; f != nullptr; f = f->previous) {
        if (is_stack_boundary(f)) continue;
        const Whose w = whose(f->code);
        if (w == own) return f;
        if (w == a_librarys && nearest == nullptr) nearest = f;
    }
    return nearest;
}

struct What {
    int operation;
    std::uint16_t name_space;
    std::int8_t type;

    std::uint64_t word() const noexcept { return word_of(operation, type, name_space); }
};
static_assert(counters::max_operations <= 1 << 12 && most_name_spaces < 1 << 12);

[[gnu::noinline]] DetailRow& new_row(counters::Thread& t, const PyThreadState* state, DetailKey key,
                                     const What& what, std::uint32_t place, bool is_stack,
                                     bool direct) {
    DetailRow row;
    row.place = place;
    row.operation = static_cast<std::uint16_t>(what.operation);
    row.name_space = what.name_space;
    row.thread = number_of_thread(t, state);
    row.type = what.type;
    row.is_stack = is_stack;
    return *t.details.add(key, row, direct);
}

// Where no address can be a key, the place is one. No address and no depth looks like it.
[[gnu::noinline]] DetailRow& row_by_place(counters::Thread& t, const PyThreadState* state,
                                          const What& what, std::uint32_t place, bool is_stack) {
    const DetailKey key{1ull << 63 | place, what.word()};
    if (const auto* entry = t.details.find(key)) return *entry->row;
    return new_row(t, state, key, what, place, is_stack, false);
}

[[gnu::noinline]] DetailRow& row_of_line(counters::Thread& t, const PyThreadState* state,
                                         const InterpreterFrame* caller, const What& what) {
    const InterpreterFrame* f = own_frame(caller);
    const DetailKey key{f != nullptr ? reinterpret_cast<std::uint64_t>(f->instruction) : 0,
                        what.word()};
    if (const auto* entry = t.details.find(key)) return *entry->row;
    const Aside aside;
    if (f == nullptr) return new_row(t, state, key, what, no_place, false, false);
    const Place place = place_of(f);
    if (!place.is_held) return row_by_place(t, state, what, place.number, false);
    // A library's own frame leads to different lines of the user's, NumPy's to any.
    return new_row(t, state, key, what, place.number, false, whose(f->code) == own);
}

[[gnu::noinline]] DetailRow& row_of_new_stack(counters::Thread& t, const PyThreadState* state,
                                              const InterpreterFrame* caller, const What& what,
                                              DetailKey key) {
    const Aside aside;
    const Place stack = stack_of(caller);
    if (!stack.is_held) return row_by_place(t, state, what, stack.number, true);
    return new_row(t, state, key, what, stack.number, true, false);
}

} // namespace

std::int8_t type_of_operands(const Arguments& a) noexcept {
    const auto type_of_one = [](PyObject* o) -> int {
        if (PyArray_Check(o)) return type_number(reinterpret_cast<PyArrayObject*>(o));
        if (PyArray_IsScalar(o, Generic)) return type_of_scalar(Py_TYPE(o));
        return PyBool_Check(o)      ? NPY_BOOL
               : PyLong_Check(o)    ? NPY_INT64
               : PyFloat_Check(o)   ? NPY_FLOAT64
               : PyComplex_Check(o) ? NPY_COMPLEX128
                                    : NPY_NOTYPE;
    };
    if (a.self != nullptr && PyArray_Check(a.self))
        return static_cast<std::int8_t>(type_of_one(a.self));
    int number = NPY_NOTYPE;
    for (Py_ssize_t i = 0; i < a.nargs; ++i) {
        const int type = type_of_one(a.args[i]);
        if (PyArray_Check(a.args[i])) return static_cast<std::int8_t>(type);
        if (i == 0) number = type;
    }
    return static_cast<std::int8_t>(number);
}

void set_root(const std::string& folders) {
    roots.clear();
    std::istringstream lines(folders);
    for (std::string folder; std::getline(lines, folder);)
        if (!folder.empty() && folder != "/") roots.push_back(folder + "/");
    own_code = library_code = frames::CodeSet(); // they stay held
    held.clear();
    counters::current_thread().details.forget();
}

DetailRow* known_stack(counters::Thread& t, const InterpreterFrame* caller, int operation,
                       std::int8_t type) noexcept {
    const Chain c = chain_of(caller);
    const auto* entry = t.details.find({c.hash, word_of(operation, type, 0) | c.depth << 32});
    return entry != nullptr ? entry->row : nullptr;
}

DetailRow& row_of(counters::Thread& t, const PyThreadState* state, const InterpreterFrame* caller,
                  unsigned on, int operation, std::int8_t type) noexcept {
    const What what{operation, name_space_of(t, state, on), type};
    if ((on & mode_stacks) != 0) {
        const Chain c = chain_of(caller);
        const DetailKey key{c.hash, what.word() | c.depth << 32};
        if (const auto* entry = t.details.find(key)) [[likely]]
            return *entry->row;
        return row_of_new_stack(t, state, caller, what, key);
    }
    DetailKey key{0, what.word()};
    if ((on & mode_lines) != 0) {
        if (caller == nullptr || is_stack_boundary(caller))
            return row_of_line(t, state, caller, what);
        key.where = reinterpret_cast<std::uint64_t>(caller->instruction);
        if (const auto* entry = t.details.find(key); entry != nullptr && entry->direct) [[likely]]
            return *entry->row;
        return row_of_line(t, state, caller, what);
    }
    if (const auto* entry = t.details.find(key)) [[likely]]
        return *entry->row;
    const Aside aside;
    return new_row(t, state, key, what, no_place, false, true);
}

} // namespace flopscope::attribution
