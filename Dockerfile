# The server, the worker and every command in one image: `docker build -t reelscore .`
# All versions come from the lock, with their hashes checked. The final image holds no compiler and no pip cache.

ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/reelscore
WORKDIR /source
# The dependencies come first: they are installed anew only when the lock changes.
COPY requirements/server.txt requirements/
RUN /opt/reelscore/bin/pip install --require-hashes --only-binary :all: -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/reelscore/bin/pip install --no-deps --no-build-isolation . \
    && /opt/reelscore/bin/pip uninstall --yes hatchling editables pip

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data reelscore \
    && install --directory --owner reelscore --group reelscore /data
COPY --from=build /opt/reelscore /opt/reelscore
ENV PATH=/opt/reelscore/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REELSCORE_HOME=/data \
    REELSCORE_HOST=0.0.0.0 \
    REELSCORE_PORT=8000
USER reelscore
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['REELSCORE_PORT']}/health\", timeout=8)"]
ENTRYPOINT ["reelscore"]
CMD ["serve"]
