"""Exceptions: type, message, arguments, cause and every frame of the traceback.

Each function raises.
"""

import operator
import sys

import numpy as np

A = np.arange(6.0).reshape(2, 3)


def _inner(function):
    return function()


def shapes_that_do_not_broadcast():
    return np.add(np.ones(2), np.ones(3))


def shapes_that_do_not_broadcast_with_an_operator():
    return A + np.ones(4)


def in_place_with_a_larger_result():
    a = np.ones(3)
    a += A


def in_place_with_a_type_that_cannot_hold_it():
    a = np.arange(3)
    a += 0.5


def products_that_do_not_fit():
    return A @ A


def dot_products_that_do_not_fit():
    return A.dot(A)


def a_singular_matrix():
    return np.linalg.inv(np.zeros((2, 2)))


def a_matrix_that_is_not_square():
    return np.linalg.det(A)


def a_matrix_without_a_cholesky_factor():
    return np.linalg.cholesky(-np.eye(2))


def an_axis_that_is_not_there():
    return np.sum(A, axis=2)


def an_axis_that_is_not_there_in_a_method():
    return A.sum(axis=-3)


def an_unknown_keyword_of_a_ufunc():
    return np.add(1, 2, outt=None)


def an_unknown_keyword_of_a_function():
    return np.mean(A, axes=0)


def an_unknown_keyword_of_a_method():
    return A.sum(axes=0)


def too_few_arguments_of_a_ufunc():
    return np.add(1)


def too_many_arguments_of_a_function():
    return np.dot(A, A, None, None)


def too_few_arguments_of_a_builtin():
    return np.zeros()


def a_loop_that_is_not_there():
    return np.sqrt("text")


def a_loop_that_is_not_there_with_an_operator():
    return np.array(["a"]) + 1


def bitwise_operation_of_floats():
    return np.float64(1) & np.float64(2)


def a_cast_that_is_not_safe():
    return np.add(A, 1, out=np.zeros((2, 3), int))


def a_result_of_the_wrong_shape():
    return np.exp(A, out=np.zeros(3))


def a_negative_power_of_integers():
    return np.arange(3) ** -1


def an_index_out_of_bounds():
    return A[5]


def a_list_of_indices_out_of_bounds():
    return A[[0, 5]]


def a_mask_of_the_wrong_length():
    return A[np.ones(5, bool)]


def an_assignment_that_does_not_fit():
    a = np.zeros(3)
    a[:] = np.ones(4)


def an_assignment_to_a_constant():
    a = np.zeros(3)
    a.flags.writeable = False
    a[0] = 1


def the_truth_of_an_array():
    return bool(A)


def a_reduction_without_identity():
    return np.max([])


def a_ufunc_that_cannot_be_reduced():
    return np.sqrt.reduce(A)


def a_wrong_einsum():
    return np.einsum("ij,jk", A, A)


def subscripts_of_einsum_that_are_none():
    return np.einsum("i?", A)


def random_numbers_with_wrong_parameters():
    return np.random.default_rng(0).normal(scale=-1)


def a_transform_of_nothing():
    return np.fft.fft([])


def a_floating_point_error_that_is_raised():
    with np.errstate(divide="raise"):
        return np.float64(1) / np.array([0.0])


def a_floating_point_error_of_a_scalar():
    with np.errstate(over="raise"):
        return np.float64(1e300) * np.float64(1e300)


def a_warning_made_an_error():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return _inner(lambda: np.log(np.array([0.0])))


def an_error_in_a_callback():
    return np.apply_along_axis(lambda v: v.no_such_attribute, 0, A)


def an_error_in_a_vectorized_function():
    return np.vectorize(lambda x: 1 // int(x))(A)


def an_error_between_objects():
    return np.array([1, "a"], object) + 1


def an_error_in_a_conversion():
    class Array:
        def __array__(self, dtype=None, copy=None):
            raise KeyError("not today")

    return np.add(Array(), 1)


def an_error_in_a_length():
    class Sequence:
        def __len__(self):
            raise ZeroDivisionError("no length")

        def __getitem__(self, i):
            return i

    return np.array([Sequence(), Sequence()], float)


def an_error_in_an_index():
    class Index:
        def __index__(self):
            raise OSError("no index")

    return np.sum(A, axis=Index())


def an_error_in_a_comparison_while_sorting():
    class Unordered:
        def __lt__(self, other):
            raise ArithmeticError("no order")

    np.array([Unordered(), Unordered()], object).sort()


def an_error_while_another_is_handled():
    try:
        _inner(lambda: np.ones(2) @ np.ones(3))
    except ValueError:
        return np.linalg.solve(np.zeros((2, 2)), [1, 2])


def an_error_from_a_nested_function():
    return _inner(lambda: _inner(lambda: np.concatenate([A, np.ones(2)])))


def an_operand_that_refuses():
    class Refuses:
        __array_ufunc__ = None

    return A + Refuses()


def an_override_that_knows_nothing():
    class Unable:
        def __array_function__(self, function, types, args, kwargs):
            return NotImplemented

    return np.concatenate([Unable(), A])


def a_ufunc_override_that_knows_nothing():
    class Unable:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return NotImplemented

    return np.multiply(A, Unable())


def a_scalar_and_a_text():
    return np.float64(1) + "a"


def a_scalar_and_nothing():
    return operator.lt(np.int64(1), None)


def a_scalar_out_of_bounds():
    return np.uint8(1) + 300


def an_attribute_that_is_not_there():
    return A.no_such_attribute


def an_attribute_of_a_ufunc_that_cannot_be_set():
    np.add.nin = 3


def a_wrong_structured_field():
    return np.zeros(2, [("x", "f8")])["y"]


def recursion_without_end():
    class Endless:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return ufunc(*inputs)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)  # NumPy 2.2 needs more than the C stack has for a thousand calls
    try:
        np.add(Endless(), 1)
    except RecursionError as error:
        raise RuntimeError(str(error)[:32]) from None
    finally:
        sys.setrecursionlimit(limit)
