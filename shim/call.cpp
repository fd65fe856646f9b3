#include "call.hpp"

#include "../dispatch/operand.hpp"
#include "convert.hpp"

// A FLOPSCOPE_PAGE begins at one, so that its functions lie in as few as they can.
#define BEGIN(page)                                                                                \
    asm(".pushsection .text.sorted.flopscope." #page ".begin, \"ax\", @progbits\n"                 \
        ".p2align 12\n"                                                                            \
        ".popsection")
BEGIN(1);
BEGIN(2);
BEGIN(3);
BEGIN(4);
BEGIN(5);
#undef BEGIN

namespace flopscope {

unsigned modes = 0;

std::int64_t bytes_of_any_result(PyObject* result) noexcept {
    if (PyFloat_CheckExact(result)) return 0;
    if (PyArray_Check(result)) {
        auto* a = reinterpret_cast<PyArrayObject*>(result);
        return size_of(a) * PyArray_ITEMSIZE(a);
    }
    if (PyArray_IsScalar(result, Generic)) return itemsize_of(type_of_scalar(Py_TYPE(result)));
    std::int64_t bytes = 0;
    if (PyTuple_Check(result)) // svd, divmod, modf; a named tuple too
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(result); ++i)
            if (PyArray_Check(PyTuple_GET_ITEM(result, i)))
                bytes = saturating::add(bytes, bytes_of_result(PyTuple_GET_ITEM(result, i)));
    return bytes;
}

PyObject* result_of_status(bool succeeded) noexcept {
    return succeeded ? Py_NewRef(Py_None) : nullptr;
}

bool was_left_to_another(const Record& r, const Arguments& given) noexcept {
    if (r.kind == EntryKind::method_definition)
        return r.pricing != nullptr && r.pricing->operation->spec.declines;
    if (r.kind != EntryKind::scalar_slot && r.kind != EntryKind::array_power &&
        r.kind != EntryKind::slot_wrapper)
        return false;
    static PyObject* const name = PyUnicode_InternFromString("__array_wrap__");
    for (Py_ssize_t i = 0; i < given.nargs; ++i) {
        PyObject* wrap = _PyType_Lookup(Py_TYPE(given.args[i]), name);
        if (wrap != nullptr && wrap != _PyType_Lookup(&PyArray_Type, name) &&
            wrap != _PyType_Lookup(&PyGenericArrType_Type, name))
            return false;
    }
    return true;
}

std::uint64_t log_anew(counters::Scope& scope, int operation, const counters::Amount& amount,
                       std::int8_t type, const Arguments& arguments, std::int64_t own,
                       std::int64_t now) noexcept {
    Price p;
    p.amount = amount;
    p.type = type;
    p.arguments = arguments;
    log_call(*scope.budget->log, scope.name_in_log(), operation, p, own, now);
    return p.in_log;
}

namespace {

// Whether the function does the work itself: what it asks of others meanwhile, as the conversion of
// an operand, comes on top. Else what it asks of counted calls is the work.
bool computes_itself(const Record& r) noexcept {
    switch (r.kind) {
    case EntryKind::method_definition:
    case EntryKind::c_api:
        return r.pricing == nullptr || !r.pricing->operation->spec.composed;
    case EntryKind::function_dispatcher:
    case EntryKind::counted_function:
    case EntryKind::python_function:
        return r.pricing != nullptr && r.pricing->operation->spec.converts;
    default:
        return true;
    }
}

} // namespace

void price_afterwards(const Record& r, PyObject* result, const counters::Running& self,
                      Price& p) noexcept {
    const bool alone = self.inner_calls == 0; // nothing that it asked for was counted
    if (p.verdict == Verdict::transparent) {
        // A method of ufuncs has no price where the ufunc calls a function of the user's.
        const bool is_kernel = r.kind == EntryKind::method_definition && r.form != of_ufunc;
        p.unpriced = (alone || is_kernel) && r.pricing == nullptr && r.ufunc == nullptr;
        return;
    }
    // A price that waited for the result, or operands that could not be read. If NumPy refused them
    // nothing is counted; if they went through counted calls, those stand for the price; if not, it
    // is found from the result where that tells, and otherwise said to be unknown.
    if (!alone && !computes_itself(r)) return;
    if (result == nullptr)
        p.verdict = alone ? Verdict::uncounted : p.verdict;
    else if (r.ufunc != nullptr && r.kind != EntryKind::method_definition)
        price_by_result(*r.ufunc, result, p);
    else if (r.pricing != nullptr)
        price_by_result(*r.pricing, result, p);
    p.unpriced = result != nullptr && p.verdict == Verdict::unknown;
}

} // namespace flopscope
