# The server: core, shim and flopscope_server. Built from the root of a checkout:
#   docker build -f docker/server.Dockerfile -t flopscope-server .
FROM python:3.11-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN python -m pip wheel --no-cache-dir --wheel-dir /wheels "/src[server]"

FROM python:3.11-slim-bookworm
COPY --from=build /wheels /wheels
# What was built above, and its requirements; the registry is not asked.
# hadolint ignore=DL3013
RUN python -m pip install --no-cache-dir --no-index --find-links /wheels "flopscope[server]" \
    && rm -rf /wheels
# The folder is what the socket's volume is made from, so it belongs to who runs both sides.
RUN groupadd --gid 10001 flopscope \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin flopscope \
    && install --directory --owner 10001 --group 10001 --mode 0700 /run/flopscope
USER 10001:10001
ENTRYPOINT ["python", "-m", "flopscope_server", "--url", "ipc:///run/flopscope/server.sock"]
