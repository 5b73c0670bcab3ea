# The image of tfsctl's server. It keeps the contract of tensorflow/serving: the same ports, variables, places and
# arguments, so that either can take the other's place.
#
#   docker build -t tfsctl .
#   docker run --rm -p 127.0.0.1:8501:8501 -v "$PWD/models/half_plus_two:/models/half_plus_two:ro" \
#     -e MODEL_NAME=half_plus_two tfsctl
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m pip wheel --quiet --no-deps --wheel-dir /wheels .

FROM ${BASE_IMAGE}
COPY --from=build /wheels /wheels
RUN python -m pip install --quiet --no-cache-dir /wheels/*.whl && rm -r /wheels
COPY docker/tf_serving_entrypoint.sh /usr/bin/tf_serving_entrypoint.sh

ENV MODEL_BASE_PATH=/models \
    MODEL_NAME=model \
    HOME=/tmp \
    PYTHONUNBUFFERED=1
# Made by being entered: the directory for models, and then a neutral one to work in.
WORKDIR ${MODEL_BASE_PATH}
WORKDIR /

EXPOSE 8500 8501
# Models are read and nothing is written, so nobody in particular will do.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/readyz', timeout=4)"]
ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]
