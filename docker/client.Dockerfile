# The client, in a Python without NumPy. Built from the root of a checkout:
#   docker build -f docker/client.Dockerfile -t flopscope-client .
FROM python:3.11-slim-bookworm AS build
COPY python/client /src
RUN python -m pip wheel --no-cache-dir --wheel-dir /wheels /src

FROM python:3.11-slim-bookworm
COPY --from=build /wheels /wheels
# What was built above, and its requirements; the registry is not asked.
# hadolint ignore=DL3013
RUN python -m pip install --no-cache-dir --no-index --find-links /wheels flopscope-client \
    && rm -rf /wheels
RUN groupadd --gid 10001 flopscope \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin flopscope
ENV FLOPSCOPE_SERVER_URL=ipc:///run/flopscope/server.sock
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["python"]
