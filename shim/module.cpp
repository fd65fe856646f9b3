#define FLOPSCOPE_IMPORTS_NUMPY
#include "../dispatch/numpy_api.hpp"

#include "../counters/clock.hpp"
#include "../dispatch/price.hpp"
#include "../dispatch/registry.hpp"

namespace flopscope {
namespace {

// price(name, args, kwargs) -> (flops, charged, verdict): what a call would cost, unrun.
PyObject* price_call(PyObject*, PyObject* arguments) {
  const char* name = nullptr;
  PyObject *args = nullptr, *kwargs = nullptr;
  if (!PyArg_ParseTuple(arguments, "sO!O!", &name, &PyTuple_Type, &args, &PyDict_Type, &kwargs))
    return nullptr;
  const Operation* op = registry().find(name);
  if (op == nullptr)
    return PyErr_Format(PyExc_KeyError, "no operation named %s", name);
  const Pricing* pricing = make_pricing(*op, op->spec.params);
  Bound bound;
  Price p;
  if (!bind(pricing->signature, nullptr, args, kwargs, bound))
    p.verdict = Verdict::unknown;
  else
    price(*pricing, bound, p);
  return Py_BuildValue("LLi", static_cast<long long>(p.amount.flops),
                       static_cast<long long>(p.amount.charged), static_cast<int>(p.verdict));
}

PyMethodDef functions[] = {{"_price", price_call, METH_VARARGS, nullptr}, {}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT, "flopscope._shim", nullptr, -1, functions,
                          nullptr, nullptr, nullptr, nullptr};

} // namespace
} // namespace flopscope

PyMODINIT_FUNC PyInit__shim() {
  import_array();
  import_umath();
  flopscope::clock::calibrate();
  if (flopscope::prepare_operands() < 0)
    return nullptr;
  return PyModule_Create(&flopscope::definition);
}
