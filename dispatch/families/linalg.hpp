// Linear algebra on b matrices of r x c, m the larger and k = n the smaller of the two; of
// order n where they are square.
//
// Textbook: LAPACK Working Note 41 (Blackford and Dongarra, 1999) for factorisations and
// solutions, Golub and Van Loan, Matrix Computations (4th edition) for eigenvalues and singular
// values. Half of these operations are multiplications and half additions, to leading order, so
// complex matrices take four times as many.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace linalg {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto batch = upto(a, -2);
inline constexpr auto rows = extent(a, -2);
inline constexpr auto columns = extent(a, -1);
inline constexpr auto smaller = least(rows, columns);
inline constexpr auto number = inexact(type(first)); // the type that LAPACK computes in
inline constexpr auto magnitude = real(number);

inline constexpr auto one_each = array(batch, number);
inline constexpr auto sign_and_logarithm = tuple(array(batch, number), array(batch, magnitude));
// Real matrices may have complex eigenvalues.
inline constexpr auto eigen_type = select(is_kind(number, "c"), number, unknown());
inline constexpr auto eig = tuple(array(upto(a, -1), eigen_type), array(a, eigen_type));
inline constexpr auto eigvals = array(upto(a, -1), eigen_type);
inline constexpr auto eigh = tuple(array(upto(a, -1), magnitude), array(a, number));
inline constexpr auto eigvalsh = array(upto(a, -1), magnitude);
inline constexpr auto both_types = promote(number, inexact(type(second)));
inline constexpr auto solve =
    array(select(equal(ndim(shape(second)), 1), upto(a, -1),
                 joined(broadcast(batch, upto(shape(second), -2)), from(shape(second), -2))),
          both_types);
inline constexpr auto index = otherwise(arg("ind"), 2);
inline constexpr auto tensorinv = array(joined(from(a, index), upto(a, index)), number);
inline constexpr auto tensorsolve =
    array(select(given(arg("axes")), unknown(), from(a, ndim(shape(second)))), both_types);
inline constexpr auto power = array(a, select(second < 0, number, type(first)));
inline constexpr auto full = by_default(arg("full_matrices"), 1);
inline constexpr auto singular_values = array(joined(batch, dims(smaller)), magnitude);
inline constexpr auto svd = select(
    by_default(arg("compute_uv"), 1),
    tuple(array(joined(batch, dims(rows, select(full, rows, smaller))), number), singular_values,
          array(joined(batch, dims(select(full, columns, smaller), columns)), number)),
    singular_values);
inline constexpr auto condition = array(batch, magnitude);
inline constexpr auto rank = array(select(ndim(a) < 2, dims(), batch), "intp");
inline constexpr auto pseudo_inverse = array(joined(batch, dims(columns, rows)), number);
inline constexpr auto triangle = array(joined(batch, dims(smaller, columns)), number);
inline constexpr auto qr =
    select(is(second, "r"), triangle,
           select(is(second, "raw"),
                  tuple(array(joined(batch, dims(columns, rows)), number),
                        array(joined(batch, dims(smaller)), number)),
                  select(is(second, "complete"),
                         tuple(array(joined(batch, dims(rows, rows)), number), array(a, number)),
                         tuple(array(joined(batch, dims(rows, smaller)), number), triangle))));
inline constexpr auto lstsq =
    tuple(array(joined(dims(columns), from(shape(second), 1)), both_types),
          array(dims(unknown()), real(both_types)), array(dims(), "intc"),
          array(dims(smaller), magnitude));
inline constexpr auto norm = array(reduced(a, arg("axis"), arg("keepdims")), magnitude);
inline constexpr auto matrix_norm =
    array(joined(batch, select(arg("keepdims"), dims(1, 1), dims())), magnitude);
inline constexpr auto trace =
    array(batch, otherwise(dtype(arg("dtype")), accumulated(type(first))));
inline constexpr auto diagonals =
    array(diagonal(a, otherwise(arg("offset"), 0), -2, -1), type(first));

} // namespace returns

inline constexpr auto n2 = pow(n, 2_x);
inline constexpr auto n3 = pow(n, 3_x);
inline constexpr auto k2 = pow(k, 2_x);
inline constexpr auto k3 = pow(k, 3_x);

// Pairs of a multiplication and an addition.
inline constexpr auto pair = cm + ca;

// LAPACK Working Note 41, GETRF and POTRF: multiplications and additions.
inline constexpr auto lu = (n3 + 2_x * n) / 3_x * cm + (2_x * n3 - 3_x * n2 + n) / 6_x * ca;
inline constexpr auto inverse =
    (n3 + n2 / 2_x + 3_x * n / 2_x) * cm + (n3 - 2_x * n2 + n) * ca; // GETRF and GETRI
inline constexpr auto triangular = (n3 + 3_x * n2 + 2_x * n) / 6_x * cm + (n3 - n) / 6_x * ca;

inline constexpr auto singular_values = 2_x * m * k2 + 2_x * k3;
inline constexpr auto thin_svd = 6_x * m * k2 + 20_x * k3;
inline constexpr auto full_svd = 4_x * pow(m, 2_x) * k + 22_x * k3;

// What the default model charges.
inline constexpr auto elimination = floor(2_x * n3 / 3_x);
inline constexpr auto householder = 2_x * m * k2 - floor(2_x * k3 / 3_x);
inline constexpr auto svd = b * select(u, select(x, full_svd, thin_svd), singular_values);
inline constexpr auto condition = b * select(t, singular_values + 1_x, 2_x * k3 + 4_x * k2 + 1_x);
inline constexpr auto rank = select(x, n, b*(singular_values + k));
inline constexpr auto pseudo_inverse = b * (thin_svd + k + c * k + r * c * (2_x * k - 1_x));
inline constexpr auto norm = select(x, b* singular_values, select(w, 18_x * n + 16_x * o, 2_x * n));
// Powers, or absolute values and their sum or extreme, or squares: n elements into o results.
inline constexpr auto absolute_values = n * (1_x + 3_x * (ca - 1_x));
inline constexpr auto vector_norm = select(
    w, absolute_values + 2_x * n, select(t, absolute_values + max(n - o, 0_x), 2_x * n * ca));
inline constexpr auto textbook_norm = select(x, b * singular_values * pair / 2_x, vector_norm);
inline constexpr auto matrix_product = n2 * (2_x * n - 1_x);

constexpr Spec on_matrices(ShapeRule shape, Spec s) {
    s.shape = shape;
    s.dtype = DtypeRule::each_inexact;
    s.complex = 4;
    s.witness = Witness::published;
    if (*s.operands == '\0') s.operands = s.params;
    return s;
}

// The array alone sets the type.
constexpr Spec on_matrix(ShapeRule shape, const char* params, const char* operands,
                         const char* array, const char* source) {
    return on_matrices(shape,
                       {.params = params, .operands = operands, .typed = array, .source = source});
}

constexpr Spec norm_of(ShapeRule shape, const char* params, const char* operands) {
    return witnessed(
        Witness::loops,
        on_matrix(shape, params, operands, "x",
                  "squares, their sum and its root: 2 an element; an absolute value "
                  "and an addition or comparison, or a power too; or singular values"));
}

} // namespace linalg

FAMILY(linalg,

       // Square matrices
       op<"linalg.inv">(returning(returns::inexact_like_first,
                                  on_matrix(ShapeRule::square_matrix, "a", "a", "a",
                                            "LAWN 41, getrf and getri")),
                        b* inverse, b * 2_x * n3),
       op<"linalg.det">(returning(returns::one_each,
                                  on_matrix(ShapeRule::square_matrix, "a", "a", "a",
                                            "LAWN 41, getrf; n - 1 multiplications")),
                        b*(lu + max(n - 1_x, 0_x) * cm), b*(elimination + n)),
       op<"linalg.slogdet">(returning(returns::sign_and_logarithm,
                                      on_matrix(ShapeRule::square_matrix, "a", "a", "a",
                                                "LAWN 41, getrf; n logarithms and additions")),
                            b*(lu + 2_x * n * ca), b*(elimination + 18_x * n)),
       op<"linalg.eig">(
           returning(returns::eig,
                     on_matrix(ShapeRule::square_matrix, "a", "a", "a",
                               "Golub & Van Loan 7.5.6, QR algorithm with vectors: 25 n^3")),
           b * 25_x * n3 * pair / 2_x, b * 25_x * n3),
       op<"linalg.eigvals">(returning(returns::eigvals,
                                      on_matrix(ShapeRule::square_matrix, "a", "a", "a",
                                                "Golub & Van Loan 7.5.6, QR algorithm: 10 n^3")),
                            b * 5_x * n3 * pair, b * 10_x * n3),
       op<"linalg.eigh">(
           returning(returns::eigh,
                     on_matrix(ShapeRule::square_matrix, "a UPLO", "a", "a",
                               "Golub & Van Loan 8.3.3, symmetric QR with vectors: 9 n^3")),
           b * 9_x * n3 * pair / 2_x, b * 9_x * n3),
       op<"linalg.eigvalsh">(returning(returns::eigvalsh,
                                       on_matrix(ShapeRule::square_matrix, "a UPLO", "a", "a",
                                                 "Golub & Van Loan 8.3.3, symmetric QR: 4/3 n^3")),
                             b * 4_x * n3 / 3_x * pair / 2_x, b* floor(4_x * n3 / 3_x)),
       op<"linalg.cholesky">(returning(returns::inexact_like_first,
                                       on_matrix(ShapeRule::square_matrix, "a | upper", "a", "a",
                                                 "LAWN 41, potrf")),
                             b* triangular, b* max(min(n, 1_x), floor(n3 / 3_x))),
       op<"linalg.solve">(on_matrices(ShapeRule::solve, {.params = "a b",
                                                         .result = returns::solve,
                                                         .source = "LAWN 41, getrf and getrs"}),
                          b*(lu + r * (n2 * cm + (n2 - n) * ca)),
                          b* max(elimination + 2_x * n2 * r, min(n, 1_x))),
       op<"linalg.tensorinv">(returning(returns::tensorinv,
                                        on_matrix(ShapeRule::tensorinv, "a ind", "a ind", "a",
                                                  "LAWN 41, getrf and getri")),
                              inverse, max(2_x * n3, 1_x)),
       op<"linalg.tensorsolve">(on_matrices(ShapeRule::tensorsolve,
                                            {.params = "a b axes",
                                             .operands = "a b",
                                             .result = returns::tensorsolve,
                                             .source = "LAWN 41, getrf and getrs"}),
                                lu + n2 * cm + (n2 - n) * ca, max(elimination + 2_x * n2, 1_x)),
       op<"linalg.matrix_power">({.params = "a n",
                                  .shape = ShapeRule::matrix_power,
                                  .operands = "a n",
                                  .dtype = DtypeRule::power,
                                  .typed = "a",
                                  .complex = 4,
                                  .result = returns::power,
                                  .witness = Witness::scalars,
                                  .source = "products by repeated squaring; an inversion first "
                                            "where the exponent is negative"},
                                 b*(t * n2 * (n * cm + max(n - 1_x, 0_x) * ca) + x * inverse),
                                 b*(t + x) * matrix_product),

       // Factorisations of any matrix, and what is made from them
       op<"linalg.svd">(returning(returns::svd,
                                  on_matrix(ShapeRule::svd, "a full_matrices compute_uv hermitian",
                                            "a full_matrices compute_uv", "a",
                                            "Golub & Van Loan 8.6.4, R-SVD")),
                        svd* pair / 2_x, svd),
       op<"linalg.svdvals">(returning(returns::singular_values,
                                      on_matrix(ShapeRule::matrix, "x", "x", "x",
                                                "Golub & Van Loan 8.6.4, R-bidiagonalisation")),
                            b * singular_values * pair / 2_x, b* singular_values),
       op<"linalg.cond">(
           returning(returns::condition,
                     on_matrix(ShapeRule::cond, "x p", "x p", "x",
                               "singular values and a division, or an inverse and two norms")),
           condition* pair / 2_x, condition),
       op<"linalg.matrix_rank">(returning(returns::rank,
                                          on_matrix(ShapeRule::rank, "A tol hermitian | rtol", "A",
                                                    "A", "singular values, k comparisons")),
                                rank* pair / 2_x, select(x, max(n, 1_x), rank)),
       op<"linalg.pinv">(returning(returns::pseudo_inverse,
                                   on_matrix(ShapeRule::matrix, "a rcond hermitian | rtol", "a",
                                             "a", "thin SVD, a scaling, a product")),
                         pseudo_inverse* pair / 2_x, pseudo_inverse),
       op<"linalg.qr">(
           returning(returns::qr,
                     on_matrix(ShapeRule::qr, "a mode", "a mode", "a",
                               "LAWN 41, geqrf, and orgqr where q is formed, to leading order")),
           b * (1_x + q) * (m * k2 - k3 / 3_x) * pair, b * (1_x + p) * householder),
       op<"linalg.lstsq">(on_matrices(ShapeRule::lstsq, {.params = "a b rcond",
                                                         .operands = "a b",
                                                         .result = returns::lstsq,
                                                         .source = "thin SVD, two products"}),
                          select(k, thin_svd + r * (k * (2_x * l - 1_x) + k + n * (2_x * k - 1_x)),
                                 0_x) *
                              pair / 2_x,
                          select(k,
                                 thin_svd + max(r * k * (2_x * l - 1_x), 1_x) + k * r +
                                     max(r * n * (2_x * k - 1_x), 1_x),
                                 0_x)),

       // Norms and traces
       op<"linalg.norm">(returning(returns::norm,
                                   norm_of(ShapeRule::norm, "x ord axis keepdims", "x ord axis")),
                         textbook_norm, norm),
       op<"linalg.matrix_norm">(returning(returns::matrix_norm,
                                          norm_of(ShapeRule::matrix_norm, "x | keepdims ord",
                                                  "x ord")),
                                textbook_norm, norm),
       op<"linalg.vector_norm">(returning(returns::norm,
                                          norm_of(ShapeRule::vector_norm, "x | axis keepdims ord",
                                                  "x ord axis")),
                                textbook_norm, norm),
       op<"linalg.trace">({.params = "x | offset dtype",
                           .shape = ShapeRule::trace,
                           .operands = "x offset",
                           .dtype = DtypeRule::accumulator,
                           .typed = "x",
                           .complex = 2,
                           .result = returns::trace,
                           .witness = Witness::loops,
                           .source = "n - 1 additions a diagonal"},
                          b* max(n - 1_x, 0_x) * ca, b* n),

       // Views
       op<"linalg.diagonal">({.params = "x | offset",
                              .result = returns::diagonals,
                              .policy = Policy::free,
                              .reason = "a view"}),
       op<"linalg.matrix_transpose">({.params = "x",
                                      .result = returns::transposed_matrix,
                                      .policy = Policy::free,
                                      .reason = "a view"}))

} // namespace flopscope
