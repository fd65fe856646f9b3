"""Conway's game of life: neighbours by rolling, by slices and by windows."""

import numpy as np

board = np.zeros((12, 12), dtype=np.uint8)
glider = [(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
for row, column in glider:
    board[row, column] = 1


def by_rolling(b):
    total = sum(np.roll(b, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
    return ((total == 3) | ((b == 1) & (total == 2))).astype(b.dtype)


def by_slices(b):
    around = np.pad(b, 1, mode="wrap")
    total = np.zeros_like(b)
    for i in range(3):
        for j in range(3):
            if (i, j) != (1, 1):
                total += around[i : i + b.shape[0], j : j + b.shape[1]]
    return np.where(b, (total == 2) | (total == 3), total == 3).astype(b.dtype)


def by_windows(b):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(b, 1, mode="wrap"), (3, 3))
    total = windows.sum(axis=(2, 3)) - b
    alive = np.zeros(b.shape, dtype=bool)
    alive[total == 3] = True
    alive |= (total == 2) & b.astype(bool)
    return alive.astype(b.dtype)


one = two = three = board
for generation in range(8):
    one, two, three = by_rolling(one), by_slices(two), by_windows(three)
    assert np.array_equal(one, two) and (one == three).all()
    if generation % 4 == 3:
        print(generation + 1, int(one.sum()), np.argwhere(one).tolist())
for row in one[:6]:
    print("".join(".#"[cell] for cell in row))
print(np.count_nonzero(one), one.dtype, one.any(axis=0).astype(int))
