# Two stages: the first installs the locked dependencies, the second only runs.
# BASE has Python 3.11 or newer as `python`. PIP_NO_INDEX and PIP_FIND_LINKS install from a folder of wheels.
ARG BASE=python:3.12-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
ARG PIP_NO_INDEX
ARG PIP_FIND_LINKS
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md ./
COPY geoservice geoservice
RUN /venv/bin/pip install --no-deps --no-build-isolation -e .

# hadolint ignore=DL3006
FROM ${BASE}
RUN useradd --create-home --uid 10001 geoservice && mkdir -m 700 /data && chown geoservice /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY maps maps
COPY shapefiles shapefiles
# The root file system may be read-only: all state is in /data, and copies in use are in /tmp.
ENV PATH=/venv/bin:$PATH GEOSERVICE_HOME=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# On any address but loopback the service refuses to start until `geoservice key create` was run.
CMD ["geoservice", "serve", "--host", "0.0.0.0", "--port", "8000"]
