# syntax=docker/dockerfile:1
# `portico` is the app: web, worker and beat differ by their command alone. `demo` adds the simulators.
FROM python:3.12-slim AS portico

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin portico \
    && install -d -o 10001 /state

COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY manage.py ./
COPY portal portal
COPY provisioning provisioning
COPY projects projects
COPY templates templates
COPY static static

ENV DJANGO_SETTINGS_MODULE=portal.settings.prod STATIC_ROOT=/app/var/static PORT=8000
# Collecting needs settings, not secrets: these values are gone when the line is done.
RUN DJANGO_SECRET_KEY=build PORTAL_SECRET_KEYS=build PORTAL_URL=https://build.invalid \
    DATABASE_URL=postgresql:///build REDIS_URL=redis://build.invalid \
    python manage.py collectstatic --noinput

USER 10001
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--workers", "2", "--threads", "8", "--no-control-socket"]

FROM portico AS demo
USER root
COPY requirements-demo.txt ./
RUN pip install --require-hashes -r requirements-demo.txt
COPY simulators simulators
USER 10001

FROM portico
