"""What both sides agree on."""

PROTOCOL = 1
