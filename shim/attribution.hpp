// Where a call is counted beside its operation: the source line or the call stack that it was made
// from, read from the interpreter's frames, with its namespace, thread and dtype.
//
// Code is NumPy's, a library's, or the user's own: what lies below the root. A call that a library
// makes is counted in the user's line that called the library. Stacks are kept whole; the same
// folding is done where they are read (python/flopscope/_ledger.py).
#pragma once

#include "../counters/counters.hpp"
#include "../dispatch/price.hpp"
#include "compat.hpp"

#include <string>

namespace flopscope::attribution {

enum Whose : std::uint32_t { numpys, a_librarys, own };

// The folder of the user's code, in one or more spellings, a line each; empty: all code that is not
// NumPy's is the user's own.
void set_root(const std::string& folders);

// The dtype that set a call's rate; where none did, that of its first array or number.
std::int8_t type_of_operands(const Arguments& arguments) noexcept;
inline std::int8_t type_of(std::int8_t rated, const Arguments& arguments) noexcept {
    return rated != NPY_NOTYPE ? rated : type_of_operands(arguments);
}

// What a row is of besides its place: twelve bits for the operation, eight for the dtype, twelve
// for the namespace.
inline std::uint64_t word_of(int operation, std::int8_t type, std::uint16_t name_space) noexcept {
    return static_cast<std::uint64_t>(operation) |
           static_cast<std::uint64_t>(static_cast<std::uint8_t>(type)) << 12 |
           static_cast<std::uint64_t>(name_space) << 20;
}

// The row of a call from a line of the user's own, in the default namespace, that was made before;
// else null.
inline counters::DetailRow* known_line(counters::Thread& t, const InterpreterFrame* caller,
                                       int operation, std::int8_t type) noexcept {
    if (caller == nullptr || is_stack_boundary(caller)) return nullptr;
    const auto* entry = t.details.find(
        {reinterpret_cast<std::uint64_t>(caller->instruction), word_of(operation, type, 0)});
    return entry != nullptr && entry->direct ? entry->row : nullptr;
}

// The same of a call that was made before on the same stack, in the default namespace.
[[gnu::hot, gnu::aligned(64)]] counters::DetailRow* known_stack(counters::Thread& t,
                                                                const InterpreterFrame* caller,
                                                                int operation,
                                                                std::int8_t type) noexcept;

// The row of a call. It costs a look-up; with lines and a library in between, or with stacks, a
// walk over the frames as well. `on`: modes.
counters::DetailRow& row_of(counters::Thread& t, const PyThreadState* state,
                            const InterpreterFrame* caller, unsigned on, int operation,
                            std::int8_t type) noexcept;

} // namespace flopscope::attribution
