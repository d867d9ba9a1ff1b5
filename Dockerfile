# One image for every command of Parcours: `api` unless told otherwise, `worker`, `migrate`, `doctor`…
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The environment gets no pip of its own: the builder's installs into it.
RUN python -m venv --without-pip /opt/parcours
WORKDIR /src
# Whatever the umask of the checkout: what is copied can be read by the user the image runs as.
COPY --chmod=644 requirements-server.txt ./
RUN pip --python /opt/parcours/bin/python install --require-hashes -r requirements-server.txt
COPY --chmod=755 . .
RUN pip --python /opt/parcours/bin/python install --no-deps --no-build-isolation . \
 && chmod -R a+rX /opt/parcours

FROM ${PYTHON}
LABEL org.opencontainers.image.title="parcours" \
      org.opencontainers.image.description="The parcours attentionné: one durable journey per young French enterprise"
RUN groupadd --gid 10001 parcours \
 && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /var/lib/parcours \
      --shell /usr/sbin/nologin parcours \
 && install --directory --owner=parcours --group=parcours --mode=0700 /var/lib/parcours
COPY --from=builder /opt/parcours /opt/parcours
COPY --chmod=755 policies /etc/parcours/policies
COPY --chmod=644 deploy/worker_health.py /usr/local/lib/parcours/worker_health.py
ENV PATH=/opt/parcours/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PARCOURS_HOME=/var/lib/parcours \
    PARCOURS_POLICIES=/etc/parcours/policies
WORKDIR /var/lib/parcours
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# A worker is asked whether it polls, all else whether it answers. http.client heeds no proxy variable, unlike urllib.
HEALTHCHECK --interval=20s --timeout=15s --start-period=60s --retries=3 \
  CMD ["sh", "-c", "case \" $(tr '\\0' ' ' < /proc/1/cmdline)\" in *' worker '*) exec python /usr/local/lib/parcours/worker_health.py;; *) exec python -c \"import os, http.client as h; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('PARCOURS_HTTP_PORT', 8000)), timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)\";; esac"]
ENTRYPOINT ["parcours"]
CMD ["api"]
# Last, for they change with each build.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
