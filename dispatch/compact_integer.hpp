// The value of a small exact Python int, read from the object: its layout changed in CPython 3.12.
#pragma once

#include <Python.h>

#include <cstdint>

namespace flopscope {

// False for one of more than 30 bits.
inline bool read_compact(PyObject* exact_integer, std::int64_t& into) noexcept {
    auto* l = reinterpret_cast<PyLongObject*>(exact_integer);
#if PY_VERSION_HEX >= 0x030C0000
    if (!PyUnstable_Long_IsCompact(l)) return false;
    into = PyUnstable_Long_CompactValue(l);
#else
    const Py_ssize_t digits = Py_SIZE(l); // negative for a negative number
    if (digits < -1 || digits > 1) return false;
    into = digits * static_cast<std::int64_t>(l->ob_digit[0]);
#endif
    return true;
}

} // namespace flopscope
