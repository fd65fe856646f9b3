"""Linear regression by four ways, and logistic regression by Newton's method."""

import numpy as np

rng = np.random.default_rng(5)
n, p = 80, 4
x = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
truth = np.array([1.0, -2.0, 0.5, 3.0])
y = x @ truth + rng.normal(scale=0.3, size=n)

solution, residual, rank, singular = np.linalg.lstsq(x, y, rcond=None)
normal = np.linalg.solve(x.T @ x, x.T @ y)
q, r = np.linalg.qr(x)
by_qr = np.linalg.solve(r, q.T @ y)
descended = np.zeros(p)
for _ in range(30):
    descended -= 0.01 * 2 * x.T @ (x @ descended - y) / 2
print(solution.round(6), residual.round(6), rank, singular.round(4))
print(
    np.allclose(solution, normal),
    np.allclose(solution, by_qr),
    np.abs(descended - solution).max() < 0.1,
)
fitted = x @ solution
total = ((y - y.mean()) ** 2).sum()
error = ((y - fitted) ** 2).sum()
sigma2 = error / (n - p)
errors = np.sqrt(sigma2 * np.diag(np.linalg.inv(x.T @ x)))
for name, value, each in zip(["one", "a", "b", "c"], solution, errors, strict=True):
    print(f"{name:>4} {value:9.4f} {each:8.5f} {value / each:9.2f}")
print(f"R2 {1 - error / total:.6f}")

labels = (rng.uniform(size=n) < 1 / (1 + np.exp(-(x @ truth)))).astype(float)
beta = np.zeros(p)
for turn in range(12):  # noqa: B007 - told below
    likely = 1 / (1 + np.exp(-(x @ beta)))
    weights = likely * (1 - likely)
    hessian = (x * weights[:, None]).T @ x
    move = np.linalg.solve(hessian, x.T @ (labels - likely))
    beta += move
    if np.linalg.norm(move) < 1e-8:
        break
print(turn, beta.round(5), f"{((likely > 0.5) == labels).mean():.3f}")
