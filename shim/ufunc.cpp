// Calls of ufuncs: PyUFuncObject.vectorcall. Every array operator but power comes here too,
// through NumPy's own number slots.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"

namespace flopscope {

namespace {

PyObject* call_ufunc(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* kwnames) {
    const Record* r = called_objects.find(self);
    return counted(
        *r, r->operation,
        [=] {
            Price p;
            price_ufunc(*r->ufunc, args, PyVectorcall_NARGS(nargsf), kwnames, p);
            return p;
        },
        [=] { return reinterpret_cast<vectorcallfunc>(r->original)(self, args, nargsf, kwnames); });
}

// linalg._umath_linalg.svd_f and fft._pocketfft_umath.rfft_n_even are the kernels of functions:
// called directly, they are those operations.
std::string function_of_kernel(const std::string& module, std::string name) {
    if (module == "numpy.linalg._umath_linalg") {
        static constexpr const char* suffixes[] = {"_f", "_s",     "_lo",      "_up",
                                                   "1",  "_r_raw", "_reduced", "_complete"};
        for (const char* suffix : suffixes) {
            const std::string s = suffix;
            if (name.size() > s.size() && name.compare(name.size() - s.size(), s.size(), s) == 0) {
                name.erase(name.size() - s.size());
                break;
            }
        }
        return "linalg." + name;
    }
    if (module == "numpy.fft._pocketfft_umath") return "fft." + name.substr(0, name.find('_'));
    return name;
}

} // namespace

namespace {

void add_ufunc(Block& block, PyUFuncObject* ufunc, int operation, const char* name) {
    Record r{};
    r.kind = EntryKind::ufunc_call;
    r.operation = operation;
    r.ufunc = make_ufunc_pricing(ufunc, registry().at(operation), operation);
    r.slot = reinterpret_cast<void**>(&ufunc->vectorcall);
    r.replacement = reinterpret_cast<void*>(call_ufunc);
    r.owner = reinterpret_cast<PyObject*>(ufunc);
    r.name = name;
    block.add(r);
}

} // namespace

void find_ufunc(Block& block, PyObject* object, const std::string& module) {
    auto* ufunc = reinterpret_cast<PyUFuncObject*>(object);
    if (ufunc->name == nullptr || block.knows(reinterpret_cast<void**>(&ufunc->vectorcall))) return;
    const std::string name = function_of_kernel(module, ufunc->name);
    const Operation* op = registry().find(name);
    if (op == nullptr) op = registry().find("strings." + name);
    const int operation = op != nullptr ? registry().index_of(*op) : operation_row(name);
    if (operation >= 0) add_ufunc(block, ufunc, operation, keep(module + "." + ufunc->name));
}

void find_external_ufunc(Block& block, PyObject* object, const Operation* op) {
    if (op != nullptr)
        add_ufunc(block, reinterpret_cast<PyUFuncObject*>(object), registry().index_of(*op),
                  op->name);
}

} // namespace flopscope
