# One image for every role: web, ticker, set-up. The role is the command, the same one a systemd unit would use.
ARG NODE_IMAGE=node:22-slim
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${NODE_IMAGE} AS assets
ARG NPM_REGISTRY=https://registry.npmjs.org
WORKDIR /build
COPY package.json package-lock.json vite.config.js ./
RUN npm ci --ignore-scripts --no-audit --no-fund --registry "$NPM_REGISTRY"
COPY web/assets web/assets
RUN npm run build

FROM ${PYTHON_IMAGE}
ARG PIP_INDEX_URL=https://pypi.org/simple
# Chinese fonts for what is printed; a fixed user so that the volume's files keep their owner.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home bihuan \
    && install --directory --owner bihuan /var/lib/bihuan/files
WORKDIR /app
COPY pyproject.toml README.md ./
COPY engine engine
COPY processes processes
COPY web web
COPY --from=assets /build/web/static/dist web/static/dist
RUN pip install --no-cache-dir --index-url "$PIP_INDEX_URL" .
USER bihuan
WORKDIR /var/lib/bihuan
ENV BIHUAN_FILES_DIR=/var/lib/bihuan/files
VOLUME /var/lib/bihuan/files
EXPOSE 8000
CMD ["gunicorn", "web:create_app()", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", "--access-logfile=-"]
