"""``flopscope`` and ``python -m flopscope``."""

import sys


def main() -> None:
    """Run the command line and exit."""
    from flopscope.commands import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    # python -m puts the working directory first, where the program to be run may have modules
    # called json or click. Those are the program's, not ours.
    if not sys.flags.safe_path:
        del sys.path[0]
    main()
