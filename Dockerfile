# Pledger in a container: the same checkout and the same launcher as outside. See
# docker-compose.yml for how to use it. Not run by our tests, which have no container engine.
FROM python:3.11.11-slim-bookworm

RUN useradd --uid 10001 --create-home pledger \
    && install --directory --owner=pledger --group=pledger /data /scratch

WORKDIR /app
COPY . .
# Makes .venv from the pinned requirements, as root: the application can't change itself later.
RUN ./pledger --help > /dev/null

USER 10001:10001
ENV PLEDGER_HOME=/data
VOLUME /data
ENTRYPOINT ["/app/pledger"]
CMD ["--help"]
