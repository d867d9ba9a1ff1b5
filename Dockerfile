# One image for every command of Parcours: `api` unless told otherwise, `worker`, `migrate`, `doctor`…
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The environment gets no pip of its own: the builder's installs into it.
RUN python -m venv --without-pip /opt/parcours
WORKDIR /src
COPY requirements-server.txt ./
RUN pip --python /opt/parcours/bin/python install --require-hashes -r requirements-server.txt
COPY . .
RUN pip --python /opt/parcours/bin/python install --no-deps --no-build-isolation .

FROM ${PYTHON}
LABEL org.opencontainers.image.title="parcours" \
      org.opencontainers.image.description="The parcours attentionné: one durable journey per young French enterprise"
RUN groupadd --gid 10001 parcours \
 && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /var/lib/parcours \
      --shell /usr/sbin/nologin parcours \
 && install --directory --owner=parcours --group=parcours --mode=0700 /var/lib/parcours
COPY --from=builder /opt/parcours /opt/parcours
COPY policies /etc/parcours/policies
COPY deploy/worker_health.py /usr/local/lib/parcours/worker_health.py
ENV PATH=/opt/parcours/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PARCOURS_HOME=/var/lib/parcours \
    PARCOURS_POLICIES=/etc/parcours/policies
WORKDIR /var/lib/parcours
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# http.client heeds no proxy variable, unlike urllib. A worker's check is deploy/worker_health.py.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, http.client as h; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('PARCOURS_HTTP_PORT', 8000)), timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["parcours"]
CMD ["api"]
