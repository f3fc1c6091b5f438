# One image for migrate, bot and workers; PostgreSQL is a service of its own.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
RUN useradd --create-home --uid 10001 filmoteka && mkdir /data && chown filmoteka /data
# Chinese letters for the picture of /stats: 5 MB.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-wqy-microhei \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/app.txt requirements/app.txt
RUN pip install --require-hashes -r requirements/app.txt
COPY core core
COPY db db
COPY clients clients
COPY services services
COPY views views
COPY bot bot
COPY workers workers
USER filmoteka
ENV DATA_DIR=/data
VOLUME /data
CMD ["python", "-m", "bot"]
