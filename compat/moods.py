"""What may be switched on besides the shim, and must not change anything either."""

MOODS = {
    "plain": "the shim alone",
    "budget": "everything inside a budget of 1e18",
    "meter": "with the inner-loop meter",
    "lines": "with counts by line, and timing",
    "late": "activated only when the test modules have been imported",
}
