# Two stages: the first installs the locked dependencies, the second only runs.
FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md ./
COPY geoservice geoservice
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e .

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 geoservice && mkdir /data && chown geoservice /data && chmod 700 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY maps maps
COPY shapefiles shapefiles
ENV PATH=/venv/bin:$PATH GEOSERVICE_HOME=/data PYTHONUNBUFFERED=1
USER geoservice
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# On any address but loopback the service refuses to start until `geoservice key create` was run.
CMD ["geoservice", "serve", "--host", "0.0.0.0", "--port", "8000"]
