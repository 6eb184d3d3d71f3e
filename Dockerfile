# syntax=docker/dockerfile:1
# Two stages: the wheels are made in the first, the second holds only what runs. No secret is needed to build.
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
# requirements-traces.txt: with OpenTelemetry (TRACES_URL).
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-traces.txt ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r $REQUIREMENTS

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Meo Connector"
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND=0.0.0.0:8000
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin connector
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py gunicorn.conf.py ./
COPY connector connector
COPY oauthbridge oauthbridge
COPY petstools petstools
COPY chat chat
COPY mainapp mainapp
COPY templates templates
COPY locale locale
# Static files are collected under production settings, whose manifest storage names each by its content. The values that
# production demands are not needed for it, so none is given: checks run at start, not here. Nor is one made up: in var/ it would end
# the build.
RUN ENVIRONMENT=production PYTHON_DOTENV_DISABLED=1 python manage.py collectstatic --no-input --verbosity 0 --skip-checks \
 && rmdir var \
 && python -m compileall -q connector chat oauthbridge petstools mainapp
ENV ENVIRONMENT=production
USER 10001
EXPOSE 8000
# gunicorn ends gracefully on TERM: it finishes the tool calls under way.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["gunicorn"]
