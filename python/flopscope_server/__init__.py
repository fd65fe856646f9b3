"""The server: sessions of clients that have no NumPy, each with limits of its own.

``python -m flopscope_server --url ipc:///tmp/flopscope.sock`` starts it. docs/protocol.md says what
is sent, docs/evaluation.md how submissions are run against it.
"""
