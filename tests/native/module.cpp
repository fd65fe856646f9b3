// The extension module that runs the checks. It is one, and not a program, since much of what is
// checked uses Python's objects and NumPy's C API.
#define FLOPSCOPE_IMPORTS_NUMPY
#include "../../dispatch/numpy_api.hpp"

#include "../../counters/clock.hpp"
#include "check.hpp"

#include <cstdio>
#include <filesystem>

namespace {

int failures = 0;

// run(file): the checks of that file ("expression"); how many were run and how many failed.
PyObject* run(PyObject*, PyObject* arg) {
    const char* wanted = PyUnicode_AsUTF8(arg);
    if (wanted == nullptr) return nullptr;
    int ran = 0;
    failures = 0;
    for (const checks::Check& check : checks::all()) {
        if (std::filesystem::path(check.file).stem() != wanted) continue;
        const int before = failures;
        check.run();
        ++ran;
        std::printf("%s %s\n", failures == before ? "ok    " : "FAILED", check.sentence);
    }
    std::fflush(stdout);
    return Py_BuildValue("ii", ran, failures);
}

PyMethodDef functions[] = {{"run", run, METH_O, nullptr}, {}};
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_checks", nullptr, -1, functions, nullptr, nullptr, nullptr, nullptr};

} // namespace

void checks::fail(const char* file, int line, const std::string& what) {
    ++failures;
    std::printf("%s:%d: %s\n", file, line, what.c_str());
}

PyMODINIT_FUNC PyInit__checks() {
    import_array();
    import_umath(); // for the files of dispatch/ that are linked in
    flopscope::clock::calibrate();
    return PyModule_Create(&definition);
}
