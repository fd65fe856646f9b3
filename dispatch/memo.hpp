// The last few priced calls of an entry point. Programs make the same calls over and over: arrays
// of the same shapes and dtypes, the same other arguments. Such a call costs what it did before,
// and comparing it takes a fraction of pricing it.
//
// A remembered call is a flat row of words that is read along with the arguments: of an array its
// dtype, layout and shape (no price that depends on elements is remembered), of a number its
// value, of other immutable objects their identity. What is compared by address is held, so that
// an address is never mistaken for a later object's.
#pragma once

#include "compact_integer.hpp"
#include "operand.hpp"
#include "price.hpp"

#include <memory>

namespace flopscope {

struct Operation;

class alignas(64) RememberedCall {
public:
    RememberedCall* after = nullptr; // what was called after this one the last time

    // Whether this is the same call; `self` is the first argument of a method, or null.
    [[gnu::always_inline]] bool matches(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                                        PyObject* kwnames) const noexcept {
        if (nargs != positional_ || kwnames != kwnames_) [[unlikely]]
            return false;
        const Word* w = words_;
        PyObject* const* next = args;
        PyObject* const* const end = args + count_;
        PyObject* o = self;
        if (o == nullptr) {
            if (next == end) return true;
            o = *next++;
        }
        for (;;) {
            w = after_same(w, o);
            if (w == nullptr) [[unlikely]]
                return false;
            if (next == end) break;
            o = *next++;
        }
        return !tells_repeats_ || repeats_ == repeated_arrays(self, args, count_);
    }
    const KnownPrice& price() const noexcept { return price_; }

    // Remembers a call, unless something in it could change without being noticed.
    void remember(const Operation& op, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                  PyObject* kwnames, const KnownPrice& price) noexcept;
    void forget() noexcept;

private:
    // What an argument is; what follows it in its first word, and the words after.
    enum Kind : std::uint8_t {
        an_array,   // ndim, flags; dtype; dimensions
        an_object,  // its address
        an_integer, // its value
        a_float,    // its bits
        any_float,  // nothing: only its type counts
        any_scalar, // its type
        a_sequence, // its length; its type; its items
        a_slice,    // start, stop and step as arguments of their own
    };
    static constexpr int most_words = 40, most_held = 8, most_arguments = 8, most_items = 4,
                         most_compared = 6;

    struct Head {
        Kind kind;
        std::uint8_t count; // of dimensions or items
        std::uint32_t flags;
    };
    union Word {
        Head head;
        const void* address;
        std::int64_t integer;
        double number;
    };
    static_assert(sizeof(Word) == 8);

    // The words after those of this argument; null where it is another one.
    static const Word* after_same(const Word* w, PyObject* o) noexcept {
        const Kind kind = w->head.kind;
        if (kind == an_array) [[likely]] {
            if (!is_exact_array(o)) [[unlikely]]
                return nullptr;
            auto* a = reinterpret_cast<PyArrayObject*>(o);
            const auto ndim = static_cast<std::uint8_t>(PyArray_NDIM(a));
            if (ndim != w->head.count || flags_of(a) != w->head.flags ||
                PyArray_DESCR(a) != w[1].address) [[unlikely]]
                return nullptr;
            w += 2;
            const npy_intp* dims = PyArray_DIMS(a);
            for (const npy_intp* const last = dims + ndim; dims != last; ++dims, ++w)
                if (*dims != w->integer) [[unlikely]]
                    return nullptr;
            return w;
        }
        if (kind == an_object) return w[1].address == o ? w + 2 : nullptr;
        if (kind == any_float) return Py_TYPE(o) == exact.python_float ? w + 1 : nullptr;
        if (kind == an_integer) {
            std::int64_t value = 0;
            return Py_TYPE(o) == exact.python_int && read_compact(o, value) && value == w[1].integer
                       ? w + 2
                       : nullptr;
        }
        return after_same_value(w, o);
    }
    static const Word* after_same_value(const Word* w, PyObject* o) noexcept;
    static std::uint32_t flags_of(PyArrayObject* a) noexcept {
        return static_cast<std::uint32_t>(PyArray_FLAGS(a));
    }

    // Which arguments are the same object as one before.
    static unsigned repeated_arrays(PyObject* self, PyObject* const* args, int count) noexcept {
        if (count == (self != nullptr ? 1 : 2))
            return (self != nullptr ? self : args[0]) == args[count - 1];
        return repeated_of_many(self, args, count);
    }
    static unsigned repeated_of_many(PyObject* self, PyObject* const* args, int count) noexcept;

    bool take(PyObject* o, const Operation& op) noexcept;
    bool take_array(PyArrayObject* a, const Operation& op) noexcept;
    bool add(Word w) noexcept;
    bool begin(Kind kind, int count = 0, std::uint32_t flags = 0) noexcept;
    bool hold(PyObject* o) noexcept;

    PyObject* kwnames_ = nullptr;
    std::int16_t positional_ = -1; // matches no call
    std::int16_t count_ = 0;       // of positional and keyword arguments
    std::uint16_t repeats_ = 0;
    std::int8_t used_ = 0;
    bool tells_repeats_ = false;
    KnownPrice price_;
    Word words_[most_words];
    PyObject* held_[most_held];
    std::int8_t held_count_ = 0;
};

class Memo {
public:
    // The price of this call if it is one of the last few; null otherwise. Programs go through
    // their calls in the same order again and again: looked at first is the one that came after
    // the last one the time before.
    [[gnu::always_inline]] const KnownPrice* find(PyObject* self, PyObject* const* args,
                                                  Py_ssize_t nargs, PyObject* kwnames) noexcept {
        RememberedCall* call = expected_;
        if (!call->matches(self, args, nargs, kwnames)) [[unlikely]] {
            call = search(self, args, nargs, kwnames);
            if (call == nullptr) return nullptr;
        }
        expected_ = call->after;
        last_ = call;
        return &call->price();
    }
    void remember(const Operation& op, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                  PyObject* kwnames, const KnownPrice& price) noexcept;

    void forget() noexcept; // all of them: they would cost something else now

    // Whether prices by this rule depend on shapes, dtypes and immutable arguments alone.
    static bool serves(const Operation& op) noexcept;
    void serve() noexcept { serving_ = true; } // from now on; before that nothing is remembered

    static inline std::uint64_t version = 0; // of all: changes when anything is remembered anew

private:
    static constexpr int ways = 8, patience = 64, rarely = 32;

    RememberedCall* search(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                           PyObject* kwnames) noexcept;

    [[gnu::visibility("hidden")]] static RememberedCall nothing; // like no call

    RememberedCall* expected_ = &nothing;
    RememberedCall* last_ = nullptr; // what was found last
    std::unique_ptr<RememberedCall[]> calls_;
    bool serving_ = false;
    int next_ = 0;   // to be written
    int missed_ = 0; // calls since one had to be searched and was found
};

} // namespace flopscope
