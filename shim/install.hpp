// Finding NumPy's entry points, replacing their pointers, putting them back.
#pragma once

#include <Python.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "../dispatch/table.hpp"

namespace flopscope {

// The records of one block while it is being put together. Nothing is replaced until commit().
class Block {
public:
    // Notes an entry point, unless its slot is known already or holds nothing. The original is
    // what the slot holds now.
    void add(Record r);
    bool knows(void** slot) const;
    // Freezes the block and replaces every pointer in it; all or nothing. -1 with an exception set.
    int commit();

private:
    std::vector<Record> records_;
    std::unordered_set<void**> slots_;
};

// Puts back (false) or replaces again (true) the pointers of every record of the table.
void switch_pointers(bool ours) noexcept;

enum class SlotState { installed, restored, overwritten };
SlotState state_of(const Record& r) noexcept;

// Records of ufuncs and dispatchers, by object.
[[gnu::visibility("hidden")]] extern ObjectMap called_objects;
extern ObjectMap replaced_definitions; // records of method definitions, by our trampoline

// One function a kind of entry point, each in its own file; they add to the block.
void find_ufunc(Block& block, PyObject* ufunc, const std::string& module);
void find_external_ufunc(Block& block, PyObject* ufunc, const Operation* op);
void find_foreign_ufunc(Block& block, PyObject* ufunc); // made by another extension
void find_dispatcher(Block& block, PyObject* dispatcher, const std::string& module);
void find_builtin(Block& block, PyObject* builtin, const std::string& name);
void find_python_function(Block& block, PyObject* function);
void find_code_getter(Block& block);
void find_methods(Block& block, PyTypeObject* type, const std::string& name);
void find_slots(Block& block); // of scalar types, of ndarray and of their subclasses
void find_c_api(Block& block); // with the creation hook
void find_seeding(Block& block, PyTypeObject* type);
void find_thread_start(Block& block);
void find_process_start(Block& block);
void find_process_end(Block& block);
void find_hash(Block& block);
void find_import_hook(Block& block);
void find_functions(Block& block);             // of this package: flopscope.stats
void forget_version(const Record& r) noexcept; // after the code of a function was replaced
void restore_stray_slots() noexcept;           // copies that subclasses made of our pointers

int add_process_end(PyObject* module); // functions; -1 with an exception set

// Activates: the first time everything is found, later what was found is replaced again.
// 1: done, 0: it was active already, -1 with an exception set and nothing replaced.
int activate();
int deactivate();
// Takes in what a module that was loaded since then brought.
int scan_module(PyObject* module);
bool is_active() noexcept;
// Whether this is the name of a module of NumPy, its tests and numpy.testing excepted.
bool is_numpy_module(PyObject* name) noexcept;

// The operation of this canonical name, or a transparent one made for it.
int operation_row(const std::string& name);

// These add to the module; -1 with an exception set.
int add_counted_type(PyObject* module); // CountedFunction and what makes them
int add_accounting(PyObject* module);   // prices of calls that are not made

} // namespace flopscope
