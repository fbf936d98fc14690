# syntax=docker/dockerfile:1
# Three images from one file: web, worker (CPU) and worker-gpu (NVIDIA, CUDA from the wheels).

FROM python:3.13-slim AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PASTICHE_DATA=/data \
    HOME=/data
RUN useradd --system --uid 10001 --home-dir /data pastiche \
    && install --directory --owner pastiche --group pastiche /data
WORKDIR /srv/pastiche

FROM base AS code
COPY LICENSE ./
COPY engine engine
COPY jobs jobs
COPY worker worker
COPY app app
COPY templates templates
COPY static static

FROM base AS web
# Without these, glibc gives each thread its own heap, which fills up and is never released (see runner/supervisor.py).
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
COPY requirements-web.txt ./
RUN pip install --require-hashes --requirement requirements-web.txt
COPY --from=code /srv/pastiche ./
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "1", "--threads", "32", \
     "--keep-alive", "20", "--worker-tmp-dir", "/dev/shm", "--graceful-timeout", "10", "--no-control-socket", "app.wsgi:app"]

FROM base AS worker
COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt
COPY --from=code /srv/pastiche ./
USER 10001
VOLUME /data
HEALTHCHECK --interval=20s --timeout=10s --start-period=120s CMD ["python", "-m", "jobs.healthcheck"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "celery", "-A", "worker.celery_app", "worker", "--pool", "prefork", "--concurrency", "1", \
     "--queues", "long,quick", "--without-mingle", "--without-gossip"]

FROM base AS worker-gpu
COPY requirements-gpu.txt ./
RUN pip install --require-hashes --requirement requirements-gpu.txt
COPY --from=code /srv/pastiche ./
USER 10001
VOLUME /data
HEALTHCHECK --interval=20s --timeout=10s --start-period=120s CMD ["python", "-m", "jobs.healthcheck"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "celery", "-A", "worker.celery_app", "worker", "--pool", "prefork", "--concurrency", "1", \
     "--queues", "long,quick", "--without-mingle", "--without-gossip"]
