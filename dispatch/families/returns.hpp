// Result rules that operations of several families share; each family adds its own.
#pragma once

#include "../operation.hpp"

namespace flopscope {

constexpr Spec returning(const Result& result, Spec s) {
    s.result = result;
    return s;
}

// Methods that change their array and return None.
constexpr Spec changing(const char* methods, Spec s) {
    s.in_place = methods;
    return s;
}

// For an operation that another witness checks than its family's.
constexpr Spec witnessed(Witness witness, Spec s) {
    s.witness = witness;
    return s;
}

namespace returns {

using namespace result;

inline constexpr auto like_first = array(shape(first), type(first));
inline constexpr auto inexact_like_first = array(shape(first), inexact(type(first)));
inline constexpr auto truth_of_each = array(shape(first), "bool");
inline constexpr auto truth = array(dims(), "bool");
inline constexpr auto positions = array(shape(first), "intp");
inline constexpr auto of_given_dtype =
    array(shape(first), otherwise(dtype(arg("dtype")), type(first)));
inline constexpr auto flat = array(dims(size(shape(first))), type(first));
inline constexpr auto of_unknown_length = array(dims(unknown()), type(first));
inline constexpr auto in_place = nothing();
inline constexpr auto not_known = unknown();
inline constexpr auto a_bool = python("bool");
inline constexpr auto an_int = python("int");
inline constexpr auto a_tuple = python("tuple");
inline constexpr auto a_list = python("list");
inline constexpr auto some_bytes = python("bytes");
inline constexpr auto a_type = python("type");
inline constexpr auto a_dtype = python("dtype");
inline constexpr auto transposed_matrix =
    array(joined(upto(shape(first), -2), dims(extent(shape(first), -1), extent(shape(first), -2))),
          type(first));

} // namespace returns
} // namespace flopscope
