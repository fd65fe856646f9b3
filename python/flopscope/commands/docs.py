"""``flopscope docs``: the pages that the package ships, in a browser."""

from __future__ import annotations

import webbrowser

import click

__all__ = ["docs"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Show the documentation, without any other host.",
)
@click.argument("topic", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option("--no-browser", is_flag=True, help="Open no browser, print the address only.")
def docs(*, topic: str | None, port: int, no_browser: bool) -> None:
    """Serve the pages on this machine until Ctrl-C, and open them in a browser.

    TOPIC is an operation or the path of a page. With FLOPSCOPE_DOCS_ROOT set to the address
    that is printed, error messages link there.

    \b
    Examples:
      flopscope docs
      flopscope docs linalg.svd
      flopscope docs guides/budget-planning --no-browser
    """
    from flopscope.apidocs.server import Book, serve, shipped_pages
    from flopscope.commands.ops import find_operation, load_operations

    operations = load_operations()
    try:
        book = Book(shipped_pages())
        server = serve(book, port)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        reason = error.strerror or error
        raise click.ClickException(f"port {port}: {reason}; choose one with --port") from None
    address = ""
    if topic is not None:
        operation = find_operation(operations, topic)
        address = f"api/{operation['name']}" if operation is not None else topic.strip("/")
        if book.path_of(address) is None:
            server.server_close()
            raise click.ClickException(f"there is neither an operation nor a page {topic!r}")
        address += "/"
    root = f"http://localhost:{server.server_port}"
    click.echo(f"{root}/{address}  (Ctrl-C ends)")
    if not no_browser:
        webbrowser.open(f"{root}/{address}")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()
