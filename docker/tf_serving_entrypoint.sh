#!/bin/sh
# Serves $MODEL_NAME; arguments of the container are flags of the server, and the last of two counts.
# The server takes the shell's place, so that SIGTERM reaches it and running requests are finished.
exec python -m tfsctl.serving --port=8500 --rest_api_port=8501 \
  --model_name="${MODEL_NAME}" --model_base_path="${MODEL_BASE_PATH}/${MODEL_NAME}" "$@"
