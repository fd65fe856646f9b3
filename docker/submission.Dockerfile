# A submission's side of an evaluation: the client and nothing to install more with. How it is run
# (no network, read-only root, no capabilities, limits) is in compose.yaml.
#   docker build -f docker/submission.Dockerfile -t flopscope-submission .
FROM python:3.11-slim-bookworm AS build
COPY python/client /src
RUN python -m pip wheel --no-cache-dir --wheel-dir /wheels /src

FROM python:3.11-slim-bookworm
COPY --from=build /wheels /wheels
# What was built above, and its requirements; the registry is not asked.
# hadolint ignore=DL3013
RUN python -m pip install --no-cache-dir --no-index --find-links /wheels flopscope-client \
    && rm -rf /wheels \
    && python -m pip uninstall --yes pip setuptools wheel \
    && find / -xdev -perm /6000 -type f -exec chmod a-s {} +
RUN groupadd --gid 10001 flopscope \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin flopscope
ENV FLOPSCOPE_SERVER_URL=ipc:///run/flopscope/server.sock \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["python", "-s", "/submission/submission.py"]
