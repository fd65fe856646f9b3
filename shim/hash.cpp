// The hash of a builtin is made from its ml_meth, so that replacing one would lose every set and
// dictionary that was keyed by it before (HANDLED_FUNCTIONS of duck arrays). A replaced builtin
// is hashed as it was.
#include <Python.h>

#include "compat.hpp"
#include "install.hpp"
#include "pool.hpp"

namespace flopscope {

namespace {

constexpr int place = pool::of_hash;

Py_hash_t hash_builtin(PyObject* self) {
    const auto original = reinterpret_cast<hashfunc>(pool::record(place).original);
    auto* function = reinterpret_cast<PyCFunctionObject*>(self);
    const Record* r = replaced_definitions.find(reinterpret_cast<void*>(function->m_ml->ml_meth));
    if (r == nullptr) return original(self);
    // A stand-in with the original pointer, for CPython's own arithmetic.
    PyMethodDef definition = *function->m_ml;
    definition.ml_meth = reinterpret_cast<PyCFunction>(r->original);
    PyCFunctionObject stand_in = *function;
    stand_in.m_ml = &definition;
    return original(reinterpret_cast<PyObject*>(&stand_in));
}

} // namespace

void find_hash(Block& block) {
    Record r{};
    r.kind = EntryKind::builtin_hash;
    r.slot = reinterpret_cast<void**>(&PyCFunction_Type.tp_hash);
    r.original = *r.slot;
    r.replacement = reinterpret_cast<void*>(hash_builtin);
    r.pool = place;
    r.name = "builtin_function_or_method.__hash__";
    block.add(r);
    PyObject* wrapper = PyDict_GetItemString(dict_of(&PyCFunction_Type), "__hash__");
    if (wrapper == nullptr || Py_TYPE(wrapper) != &PyWrapperDescr_Type) return;
    r.slot = &reinterpret_cast<PyWrapperDescrObject*>(wrapper)->d_wrapped;
    r.owner = wrapper;
    r.name = "builtin_function_or_method.__hash__ (wrapper)";
    block.add(r);
}

} // namespace flopscope
