#include "../dispatch/numpy_api.hpp"

#include "scope.hpp"

#include "../counters/clock.hpp"
#include "../counters/inheritance.hpp"
#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "../dispatch/reference.hpp"

#include <pthread.h>

#include <algorithm>
#include <new>

namespace flopscope {

std::uint64_t scope_changes = 1;

namespace {

PyObject* scope_variable = nullptr; // contextvars.ContextVar

using counters::Budget;
using counters::Scope;

PyObject* exhausted_error = nullptr;
PyObject* time_error = nullptr;
Budget* default_budget = nullptr;
int open_scopes = 0; // scopes that are some context's value, budgets that are open

void count_open(int change) noexcept {
    open_scopes += change;
    if (open_scopes > 0)
        modes |= mode_scopes;
    else
        modes &= ~static_cast<unsigned>(mode_scopes);
}

struct BudgetObject {
    PyObject_HEAD Budget* budget;
    bool open;
};

PyTypeObject* budget_type = nullptr;
PyTypeObject* scope_type = nullptr;

// `ran`: its price was known only afterwards.
void raise_exhausted(int operation, std::int64_t cost, std::int64_t remaining, bool ran) {
    const char* name = registry().at(operation).name;
    remaining = std::max<std::int64_t>(remaining, 0); // a price known only afterwards overdraws
    if (exhausted_error == nullptr) {
        PyErr_Format(PyExc_RuntimeError, "%s would cost %lld FLOPs but only %lld remain", name,
                     static_cast<long long>(cost), static_cast<long long>(remaining));
        return;
    }
    PyRef error(PyObject_CallFunction(exhausted_error, "sLL", name, static_cast<long long>(cost),
                                      static_cast<long long>(remaining)));
    if (error && ran) {
        PyRef noted(PyObject_CallMethod(
            error.get(), "add_note", "s",
            "It has run, since its price could be known only afterwards: its result is discarded, "
            "and what it wrote into arrays that it was given stays there."));
        if (!noted) PyErr_Clear();
    }
    if (error) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.get())), error.get());
}

void raise_out_of_time(int operation, const Budget& b, std::int64_t now) {
    const char* name = registry().at(operation).name;
    const double elapsed = clock::seconds(now - b.opened);
    if (time_error == nullptr) {
        PyErr_Format(PyExc_RuntimeError, "%s: out of time", name);
        return;
    }
    PyRef error(PyObject_CallFunction(time_error, "sdd", name, elapsed, b.time_limit));
    if (error) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.get())), error.get());
}

} // namespace

PyObject* current_scope_object() noexcept {
    PyObject* value = nullptr;
    if (PyContextVar_Get(scope_variable, nullptr, &value) < 0) PyErr_Clear();
    if (value != nullptr && !PyObject_TypeCheck(value, scope_type)) Py_CLEAR(value);
    return value;
}

namespace {

// NumPy reads two context variables of its own all the time: what np.errstate sets in every call
// of a ufunc, the allocator for every array. CPython keeps what it found there only if the
// variable is set; where it is not, and any other variable is, each look-up takes as long as a
// third of our own work. So they are set to what they are.
void set_numpys_variables() noexcept {
    static PyObject* variable = [] {
        PyRef module(PyImport_ImportModule("numpy._core.umath"));
        return module ? PyObject_GetAttrString(module.get(), "_extobj_contextvar") : nullptr;
    }();
    PyRef handler(PyDataMem_GetHandler());
    PyRef before(handler ? PyDataMem_SetHandler(handler.get()) : nullptr);
    PyObject* value = nullptr;
    if (variable != nullptr && PyContextVar_CheckExact(variable) &&
        PyContextVar_Get(variable, nullptr, &value) == 0 && value != nullptr)
        PyRef token(PyContextVar_Set(variable, value));
    Py_XDECREF(value);
    PyErr_Clear(); // without it all is slower, no more
}

} // namespace

PyObject* enter_scope(PyObject* scope_object) noexcept {
    ++scope_changes;
    set_numpys_variables();
    return PyContextVar_Set(scope_variable, scope_object);
}

void look_for_scope(counters::Thread& t, const PyThreadState* state) noexcept {
    PyRef scope(current_scope_object());
    t.scope = {state->id, state->context_ver, scope_changes, scope.get()};
}

bool Draw::in_time(int operation, std::int64_t now) {
    for (int i = 0; i < count_; ++i)
        for (const Budget* b = budgets_[i]; b != nullptr && b->timed; b = b->outer)
            if (b->deadline != 0) {
                if (now == 0) now = clock::ticks();
                if (now > b->deadline) {
                    raise_out_of_time(operation, *b, now);
                    return false;
                }
            }
    return true;
}

namespace {

Budget* innermost_open(Budget* b) noexcept {
    while (b != nullptr && b->is_closed())
        b = b->outer;
    return b;
}

// Whether a chain has an open budget of this process or ancestor.
bool draws_on(const Budget* b, const counters::Directory* directory) noexcept {
    for (; b != nullptr; b = b->outer)
        if (b->directory == directory && !b->is_closed()) return true;
    return false;
}

} // namespace

void Draw::hold(Budget* b) noexcept {
    if (count_ == most) return;
    ++b->refs; // others may close it while the call runs
    budgets_[count_++] = b;
}

void Draw::end() noexcept {
    Py_CLEAR(holder_);
    while (count_ > 0)
        counters::release_budget(budgets_[--count_]);
}

bool Draw::reserve(int operation, const Price& p, counters::Thread& t, const PyThreadState* state) {
    if (ScopeObject* current = find_scope(t, state)) {
        holder_ = Py_NewRef(reinterpret_cast<PyObject*>(current));
        scope_ = current->scope;
    }
    Budget* own = scope_ != nullptr ? scope_->budget : nullptr;
    if (own != nullptr && own->is_closed()) {
        // A thread that outlives the context it was started in: nothing draws on that any more.
        scope_ = nullptr;
        own = innermost_open(own);
    }
    for (Budget* b : counters::inherited())
        if (!draws_on(own, b->directory)) hold(b);
    if (own != nullptr)
        hold(own);
    else
        for (Budget* b : counters::outermost_budgets())
            hold(b);
    if (count_ == 0 && default_budget != nullptr) hold(default_budget);
    if (count_ == 0 && scope_ == nullptr) return true;
    active_ = true;
    if (!in_time(operation, 0)) return false;
    if (p.verdict != Verdict::priced || p.amount.charged == 0) return true;
    reserved_ = p.amount.charged;
    for (int i = 0; i < count_; ++i) {
        Budget* refused = nullptr;
        if (counters::reserve(budgets_[i], reserved_, refused)) continue;
        const std::int64_t remaining = refused->remaining();
        while (--i >= 0)
            counters::give_back(budgets_[i], reserved_);
        raise_exhausted(operation, reserved_, remaining, false);
        return false;
    }
    return true;
}

void Draw::cancel() noexcept {
    for (int i = 0; i < count_ && reserved_ != 0; ++i)
        counters::give_back(budgets_[i], reserved_);
}

PyObject* Draw::settle(int operation, const Price& p, std::int64_t own_ticks, std::int64_t now,
                       PyObject* result) {
    const auto book = [&](Scope* s) { s->row(operation).add(p.amount, own_ticks); };
    static const std::string no_name;
    for (int i = 0; i < count_; ++i)
        for (Budget* b = budgets_[i]; b != nullptr; b = b->outer) {
            b->backend += own_ticks;
            if (b->log != nullptr && p.priced() != counters::Priced::primitives)
                log_call(*b->log, b->log->number_of(scope_ != nullptr ? scope_->name : no_name),
                         operation, p, own_ticks, now);
        }
    if (scope_ != nullptr)
        book(scope_);
    else
        for (int i = 0; i < count_; ++i)
            if (budgets_[i]->root != nullptr) book(budgets_[i]->root);
    bool overdrawn = false;
    const std::int64_t late = p.amount.charged - reserved_; // a price known only now
    for (int i = 0; late > 0 && i < count_; ++i) {
        counters::force(budgets_[i], late);
        for (const Budget* b = budgets_[i]; b != nullptr; b = b->outer)
            if (!overdrawn && b->used() > b->limit) {
                overdrawn = true;
                if (result != nullptr)
                    raise_exhausted(operation, p.amount.charged, b->limit - (b->used() - late),
                                    true);
            }
    }
    if (result != nullptr && (overdrawn || !in_time(operation, now))) Py_CLEAR(result);
    return result;
}

void Draw::add_overhead(std::int64_t ticks) noexcept {
    for (int i = 0; i < count_; ++i)
        for (Budget* b = budgets_[i]; b != nullptr; b = b->outer)
            b->overhead += ticks;
    if (scope_ != nullptr) scope_->overhead += ticks;
}

void set_error_factories(PyObject* exhausted, PyObject* out_of_time) noexcept {
    Py_XSETREF(exhausted_error, Py_NewRef(exhausted));
    Py_XSETREF(time_error, Py_NewRef(out_of_time));
}

namespace {

// What a budget that is opened without a scope is nested in: the way into an empty context is no
// way out of a budget that is open on the same thread, or that the thread was started in.
Budget* budget_of_thread(std::uint64_t thread) noexcept {
    const auto& open = counters::outermost_budgets();
    for (auto at = open.rbegin(); at != open.rend(); ++at)
        if ((*at)->thread == thread) return *at;
    PyObject* given = counters::current_thread().given_scope;
    return given != nullptr ? reinterpret_cast<ScopeObject*>(given)->scope->budget : nullptr;
}

// ---- Budget: Budget(limit, time_limit=0.0, task_only=False) opens one inside the current scope's

PyObject* budget_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    static const char* names[] = {"limit", "time_limit", "task_only", nullptr};
    long long limit = 0;
    double time_limit = 0;
    int task_only = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "L|dp", const_cast<char**>(names), &limit,
                                     &time_limit, &task_only))
        return nullptr;
    PyRef self(type->tp_alloc(type, 0));
    if (!self) return nullptr;
    PyRef around(current_scope_object());
    const std::uint64_t thread = PyThreadState_GetID(PyThreadState_Get());
    Budget* outer = around ? reinterpret_cast<ScopeObject*>(around.get())->scope->budget
                           : budget_of_thread(thread);
    outer = innermost_open(outer);
    auto* b = reinterpret_cast<BudgetObject*>(self.get());
    b->budget = counters::open_budget(limit, time_limit, outer, task_only == 0, thread);
    if (b->budget == nullptr) return PyErr_NoMemory();
    b->budget->root = new (std::nothrow) Scope(nullptr, "");
    b->budget->log = new (std::nothrow) counters::CallLog(b->budget->opened);
    b->open = true;
    count_open(1);
    return self.release();
}

Budget& budget_of(PyObject* self) {
    return *reinterpret_cast<BudgetObject*>(self)->budget;
}

PyObject* budget_close(PyObject* self, PyObject*) {
    auto* b = reinterpret_cast<BudgetObject*>(self);
    if (b->open) {
        b->open = false;
        counters::close_budget(b->budget);
        count_open(-1);
    }
    Py_RETURN_NONE;
}

void budget_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    auto* b = reinterpret_cast<BudgetObject*>(self);
    if (b->budget != nullptr) {
        if (b->open) count_open(-1);
        counters::release_budget(b->budget);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* rows_of(const Scope& s) {
    PyRef list(PyList_New(0));
    for (int i = 0; list && i < registry().size(); ++i) {
        const counters::ScopeRow* known = s.known_row(i);
        if (known == nullptr || known->calls == 0) continue;
        const counters::ScopeRow& row = *known;
        PyRef item(Py_BuildValue("sLLLd", registry().at(i).name, static_cast<long long>(row.calls),
                                 static_cast<long long>(row.charged),
                                 static_cast<long long>(row.flops), clock::seconds(row.ticks)));
        if (!item || PyList_Append(list.get(), item.get()) < 0) return nullptr;
    }
    return list.release();
}

PyObject* budget_rows(PyObject* self, PyObject*) {
    const Budget& b = budget_of(self);
    return b.root != nullptr ? rows_of(*b.root) : PyList_New(0);
}

PyObject* budget_calls(PyObject* self, PyObject*) {
    return logged_calls(budget_of(self));
}

PyObject* get_limit(PyObject* self, void*) {
    return PyLong_FromLongLong(budget_of(self).limit);
}
PyObject* get_used(PyObject* self, void*) {
    return PyLong_FromLongLong(budget_of(self).used());
}
PyObject* get_slot(PyObject* self, void*) {
    const Budget& budget = budget_of(self);
    return PyLong_FromUnsignedLong(budget.directory->number_of(budget.slot));
}
PyObject* get_backend(PyObject* self, void*) {
    return PyFloat_FromDouble(clock::seconds(budget_of(self).backend));
}
PyObject* get_overhead(PyObject* self, void*) {
    return PyFloat_FromDouble(clock::seconds(budget_of(self).overhead));
}
PyObject* get_wall(PyObject* self, void*) {
    const Budget& b = budget_of(self);
    return PyFloat_FromDouble(
        clock::seconds((b.closed != 0 ? b.closed : clock::ticks()) - b.opened));
}
PyObject* get_open(PyObject* self, void*) {
    return PyBool_FromLong(reinterpret_cast<BudgetObject*>(self)->open);
}

PyGetSetDef budget_attributes[] = {
    {"limit", get_limit, nullptr, "Charged units that may be used.", nullptr},
    {"used", get_used, nullptr, "Charged units used, by children of the process too.", nullptr},
    {"slot", get_slot, nullptr, "Its number in the memory at budgets_place().", nullptr},
    {"backend", get_backend, nullptr, "Seconds inside counted operations.", nullptr},
    {"overhead", get_overhead, nullptr, "Seconds spent on counting (sampled).", nullptr},
    {"wall", get_wall, nullptr, "Seconds since it was opened, until it was closed.", nullptr},
    {"is_open", get_open, nullptr, "Whether it has not been closed.", nullptr},
    {}};

PyMethodDef budget_methods[] = {
    {"close", budget_close, METH_NOARGS, "Stop the clock; nothing draws on it any more."},
    {"rows", budget_rows, METH_NOARGS,
     "Calls that had no scope: [(operation, calls, charged, flops, seconds)]."},
    {"calls", budget_calls, METH_NOARGS,
     "The newest calls: [(operation, subscripts, shapes, charged, cumulative, namespace, offset, "
     "seconds, dtype)]."},
    {}};

PyType_Slot budget_slots[] = {
    {Py_tp_doc, const_cast<char*>("A budget: opened when made, inside the current scope's.")},
    {Py_tp_new, reinterpret_cast<void*>(budget_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(budget_dealloc)},
    {Py_tp_getset, budget_attributes},
    {Py_tp_methods, budget_methods},
    {0, nullptr}};
PyType_Spec budget_spec = {"flopscope._shim.Budget", sizeof(BudgetObject), 0, Py_TPFLAGS_DEFAULT,
                           budget_slots};

// ---- Scope: Scope(budget or None, name); the value of the scope variable while it is entered

PyObject* scope_new(PyTypeObject* type, PyObject* args, PyObject*) {
    PyObject* budget = nullptr;
    const char* name = nullptr;
    if (!PyArg_ParseTuple(args, "Os", &budget, &name)) return nullptr;
    if (budget != Py_None && !PyObject_TypeCheck(budget, budget_type))
        return PyErr_Format(PyExc_TypeError, "a Budget or None, not %R", budget);
    PyRef self(type->tp_alloc(type, 0));
    if (!self) return nullptr;
    try {
        reinterpret_cast<ScopeObject*>(self.get())->scope =
            new Scope(budget == Py_None ? nullptr : &budget_of(budget), name);
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
    return self.release();
}

void scope_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    ++scope_changes; // a thread may have found it
    delete reinterpret_cast<ScopeObject*>(self)->scope;
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* scope_rows(PyObject* self, PyObject*) {
    return rows_of(*reinterpret_cast<ScopeObject*>(self)->scope);
}

PyObject* scope_enter(PyObject* self, PyObject*) {
    PyObject* token = enter_scope(self);
    if (token != nullptr) count_open(1);
    return token;
}

PyObject* scope_leave(PyObject*, PyObject* token) {
    count_open(-1);
    ++scope_changes;
    if (PyContextVar_Reset(scope_variable, token) < 0) return nullptr;
    Py_RETURN_NONE;
}

PyObject* get_name(PyObject* self, void*) {
    return PyUnicode_FromString(reinterpret_cast<ScopeObject*>(self)->scope->name.c_str());
}
PyObject* get_scope_overhead(PyObject* self, void*) {
    return PyFloat_FromDouble(
        clock::seconds(reinterpret_cast<ScopeObject*>(self)->scope->overhead));
}

PyGetSetDef scope_attributes[] = {
    {"name", get_name, nullptr, "The namespace, joined with dots.", nullptr},
    {"overhead", get_scope_overhead, nullptr, "Seconds spent on counting (sampled).", nullptr},
    {}};

PyMethodDef scope_methods[] = {
    {"rows", scope_rows, METH_NOARGS, "[(operation, calls, charged, flops, seconds)]."},
    {"enter", scope_enter, METH_NOARGS, "Make it the current one; returns the token for leave."},
    {"leave", scope_leave, METH_O, "Restore the one before."},
    {}};

PyType_Slot scope_slots[] = {
    {Py_tp_doc, const_cast<char*>("A namespace within a budget, or outside every one.")},
    {Py_tp_new, reinterpret_cast<void*>(scope_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(scope_dealloc)},
    {Py_tp_getset, scope_attributes},
    {Py_tp_methods, scope_methods},
    {0, nullptr}};
PyType_Spec scope_spec = {"flopscope._shim.Scope", sizeof(ScopeObject), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, scope_slots};

// set_default_budget(limit or None): what calls outside every context draw on.
PyObject* set_default_budget(PyObject*, PyObject* limit) {
    if (default_budget != nullptr) {
        counters::release_budget(default_budget);
        default_budget = nullptr;
        count_open(-1);
    }
    if (limit == Py_None) Py_RETURN_NONE;
    const long long units = PyLong_AsLongLong(limit);
    if (units == -1 && PyErr_Occurred()) return nullptr;
    default_budget = counters::open_default_budget(units);
    if (default_budget == nullptr) return PyErr_NoMemory();
    count_open(1);
    Py_RETURN_NONE;
}

// default_budget() -> (limit, used) or None
PyObject* get_default_budget(PyObject*, PyObject*) {
    if (default_budget == nullptr) Py_RETURN_NONE;
    return Py_BuildValue("LL", static_cast<long long>(default_budget->limit),
                         static_cast<long long>(default_budget->used()));
}

PyObject* set_errors(PyObject*, PyObject* args) {
    PyObject *exhausted = nullptr, *out_of_time = nullptr;
    if (!PyArg_ParseTuple(args, "OO", &exhausted, &out_of_time)) return nullptr;
    set_error_factories(exhausted, out_of_time);
    Py_RETURN_NONE;
}

PyObject* get_current_scope(PyObject*, PyObject*) {
    PyObject* scope = current_scope_object();
    return scope != nullptr ? scope : Py_NewRef(Py_None);
}

// inherit(text): draw on the budgets of the processes that this one descends from.
PyObject* py_inherit(PyObject*, PyObject* text) {
    const char* places = PyUnicode_AsUTF8(text);
    if (places == nullptr) return nullptr;
    const bool before = counters::inherits();
    const bool reached = counters::inherit(places);
    if (!before && counters::inherits()) count_open(1); // for good
    return PyBool_FromLong(reached);
}

PyMethodDef functions[] = {{"inherit", py_inherit, METH_O, nullptr},
                           {"current_scope", get_current_scope, METH_NOARGS, nullptr},
                           {"set_default_budget", set_default_budget, METH_O, nullptr},
                           {"default_budget", get_default_budget, METH_NOARGS, nullptr},
                           {"set_errors", set_errors, METH_VARARGS, nullptr},
                           {}};

} // namespace

bool is_any_budget_open() noexcept {
    return counters::has_open_budgets() || !counters::inherited().empty();
}

std::string inheritance_from_here() noexcept {
    PyRef scope(current_scope_object());
    const Budget* own =
        scope ? innermost_open(reinterpret_cast<ScopeObject*>(scope.get())->scope->budget)
              : nullptr;
    return counters::inheritance(own);
}

int add_scope_types(PyObject* module) {
    counters::follow_forks();
    // What a forked child inherits may be opened at any time.
    pthread_atfork(nullptr, nullptr, [] { count_open(1); });
    scope_variable = PyContextVar_New("flopscope_scope", nullptr);
    budget_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&budget_spec));
    scope_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&scope_spec));
    if (scope_variable == nullptr || budget_type == nullptr || scope_type == nullptr) return -1;
    if (PyModule_AddType(module, budget_type) < 0 || PyModule_AddType(module, scope_type) < 0)
        return -1;
    return PyModule_AddFunctions(module, functions);
}

} // namespace flopscope
