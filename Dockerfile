# Pledger in a container: the same checkout and the same launcher as outside. See
# docker-compose.yml for how to use it, and docs/how-to/run-with-docker-compose.md for what was run.
FROM python:3.11.11-slim-bookworm

RUN useradd --uid 10001 --create-home pledger \
    && install --directory --owner=pledger --group=pledger /data /scratch

WORKDIR /app
# Makes .venv, as root: the application can't change itself later. It depends on these files alone,
# so a change of the source downloads nothing. A checkout made under a strict umask has files that
# only their owner may read; here everybody may.
COPY requirements.txt ./
COPY tools/__init__.py tools/environment.py tools/notices.py tools/
COPY deploy/licences/ deploy/licences/
RUN chmod -R a+rX . \
    && python -I tools/environment.py /app requirements.txt \
    && .venv/bin/python -I tools/notices.py /app > NOTICES

# What .dockerignore lets in. Names what has to be readable, so that .venv is not stored twice.
COPY . .
RUN find . -path ./.venv -prune -o -exec chmod a+rX {} + \
    && ./pledger --help > /dev/null

USER 10001:10001
ENV PLEDGER_HOME=/data
# No VOLUME: a container that was given none would keep a home in a nameless one, and lose it.
ENTRYPOINT ["/app/pledger"]
CMD ["--help"]
