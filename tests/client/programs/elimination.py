"""Small algorithms that index elements: elimination with pivots, edit distance, shortest paths."""

import numpy as np


def lu(matrix):
    a, n, order = matrix.astype(float), len(matrix), np.arange(len(matrix))
    for k in range(n - 1):
        pivot = k + int(np.argmax(np.abs(a[k:, k])))
        if pivot != k:
            a[[k, pivot]] = a[[pivot, k]]
            order[[k, pivot]] = order[[pivot, k]]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.tril(a, -1) + np.eye(n), np.triu(a), order


m = np.array([[2, 1, 1, 0], [4, 3, 3, 1], [8, 7, 9, 5], [6, 7, 9, 8]])
lower, upper, order = lu(m)
print(lower.round(4), upper.round(4), order, np.allclose(lower @ upper, m[order]), sep="\n")


def distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[:, 0], table[0, :] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost)
    return table[-1, -1], table


answer, table = distance("kitten", "sitting")
print(answer, type(int(answer)).__name__, table[-1])

far = np.full((5, 5), np.inf)
np.fill_diagonal(far, 0)
for start, end, length in [(0, 1, 3), (1, 2, 4), (0, 3, 7), (3, 2, 1), (2, 4, 2)]:
    far[start, end] = far[end, start] = length
for k in range(5):
    far = np.minimum(far, far[:, [k]] + far[[k], :])
print(far, np.isinf(far).any(), far[np.triu_indices(5, 1)].sum())

primes = np.ones(50, dtype=bool)
primes[:2] = False
for i in range(2, 8):
    if primes[i]:
        primes[i * i :: i] = False
print(np.flatnonzero(primes), primes.sum())
queens = [0, 4, 7, 5, 2, 6, 1, 3]
board = np.zeros((8, 8), int)
board[np.arange(8), queens] = 1
flipped = np.fliplr(board)
sums = [int(b.trace(offset=k)) for b in (board, flipped) for k in range(-7, 8)]
print(max(sums), board.sum(axis=0).max(), board.sum(axis=1).tolist())
