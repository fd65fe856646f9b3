"""``flopscope`` and ``python -m flopscope``."""

from flopscope.commands import main

if __name__ == "__main__":
    main()
