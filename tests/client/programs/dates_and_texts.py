"""Sales by weekday and month, and words counted: dates, differences and texts of a fixed width."""

import numpy as np

days = np.arange("2024-01-01", "2024-03-15", dtype="datetime64[D]")
weekday = (days.astype("datetime64[D]").view("int64") - 4) % 7
sales = (np.arange(len(days)) * 37 % 101).astype(float)
print(len(days), days[0], days[-1], days.dtype, weekday[:8])
for day in range(7):
    chosen = sales[weekday == day]
    print(day, len(chosen), f"{chosen.mean():.2f}", chosen.max())
months = days.astype("datetime64[M]")
names, starts, counts = np.unique(months, return_index=True, return_counts=True)
print([str(name) for name in names], starts, counts, np.add.reduceat(sales, starts))
gap = np.diff(days[::10])
print(gap[0], gap.dtype, gap.sum() / np.timedelta64(1, "h"), np.all(gap == np.timedelta64(10, "D")))
print(
    np.busday_count("2024-01-01", "2024-02-01"), np.busday_offset("2024-01-06", 1, roll="forward")
)
print(np.is_busday(days[:7]), np.datetime64("2024-02-29") + np.timedelta64(1, "Y").astype("m8[D]"))
print(days[np.argmax(sales)], np.datetime_as_string(days[:2]), np.isnat(np.datetime64("NaT")))
late = days > np.datetime64("2024-03-10")
print(late.sum(), days[late].tolist())

text = "the quick brown fox jumps over the lazy dog and the dog sleeps"
words = np.array(text.split())
print(words.dtype, words.shape, words[0], words[words > "q"].tolist())
unique, counts = np.unique(words, return_counts=True)
order = np.lexsort((unique, -counts))
for word, count in zip(unique[order][:3], counts[order][:3], strict=True):
    print(f"{word:<8}{count:>3}", word.upper(), len(word), word.startswith("d"))
lengths = np.strings.str_len(words)
print(lengths, np.char.capitalize(words[:4]), np.strings.find(words, "o"), lengths.mean().round(3))
joined = np.strings.add(words[:3], np.array(["!", "?", "."]))
print(joined, np.strings.replace(joined, "!", ""), np.char.upper("abc"), words[3] == "fox")
print(
    np.where(np.strings.endswith(words, "s"), words, "-").tolist(),
    np.sort(words)[:3],
    "fox" in words,
)
