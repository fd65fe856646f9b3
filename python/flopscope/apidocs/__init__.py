"""The pages of the documentation that are made from the registry, as Markdown.

``scripts/generate_api_docs.py`` writes them for the site, ``flopscope docs`` makes them when they
are asked for. Nothing here is written by hand twice: an operation's page is its entry in the
registry, a helper's page its docstring, a command's page its ``--help``.
"""
