"""Mistakes in a `docker run` command, and in the flags of TensorFlow Serving that follow the image."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind, Severity

KINDS = (
    FindingKind(
        id="docker-no-image",
        severity=Severity.ERROR,
        title="The command names no image",
        symptom='docker: "docker run" requires at least 1 argument',
        reason="What follows the options is the image; an option that lacks its value takes the image for it.",
        correction="Add the image, tensorflow/serving, after all options of Docker.",
        example="docker run -p 127.0.0.1:8501:8501 -v /srv/m:/models/m -e MODEL_NAME=m tensorflow/serving",
    ),
    FindingKind(
        id="docker-options-after-image",
        severity=Severity.ERROR,
        title="Options of Docker stand after the image",
        symptom="unknown argument: -p, and the server's usage; the port is not published, the directory not mounted.",
        reason="Docker reads options up to the image. Everything after it goes to the server.",
        correction="Move them before the image.",
        example="docker run tensorflow/serving -p 8501:8501    # wrong\n"
        "docker run -p 127.0.0.1:8501:8501 … tensorflow/serving    # right",
    ),
    FindingKind(
        id="docker-model-name",
        severity=Severity.ERROR,
        title="MODEL_NAME is not the directory that is mounted",
        symptom="Could not find base path /models/model for servable model; or No versions of servable model"
        " found under base path /models/model. Clients see Servable not found for request: Latest(NAME).",
        reason="The image serves $MODEL_BASE_PATH/$MODEL_NAME, which is /models/model unless MODEL_NAME says"
        " otherwise, and under that name.",
        correction="Give -e MODEL_NAME=NAME, the last part of the mount's target.",
        example="docker run -v /srv/m:/models/m tensorflow/serving                     # wrong\n"
        "docker run -v /srv/m:/models/m -e MODEL_NAME=m tensorflow/serving     # right",
    ),
    FindingKind(
        id="docker-model-base-path",
        severity=Severity.ERROR,
        title="MODEL_BASE_PATH has the model's name in it",
        symptom="Could not find base path /models/m/m for servable m",
        reason="The image appends /$MODEL_NAME to MODEL_BASE_PATH: it is the directory above the model's base path.",
        correction="Leave MODEL_BASE_PATH out.",
        example="-e MODEL_BASE_PATH=/models/m -e MODEL_NAME=m    # wrong: /models/m/m\n"
        "-e MODEL_NAME=m                                 # right: /models/m",
    ),
    FindingKind(
        id="docker-no-mount",
        severity=Severity.ERROR,
        title="No directory is mounted",
        symptom="Could not find base path /models/model for servable model, every second, for ever.",
        reason="The official image has no model in it.",
        correction="Mount the model's base path at /models/NAME and set MODEL_NAME.",
        example="docker run -p 127.0.0.1:8501:8501 -v /srv/m:/models/m -e MODEL_NAME=m tensorflow/serving",
    ),
    FindingKind(
        id="docker-mount-target",
        severity=Severity.ERROR,
        title="The model is mounted where the server does not look",
        symptom="Could not find base path /models/m for servable m; or No versions of servable m found under base"
        " path /models/m.",
        reason="The image looks for number directories in /models/$MODEL_NAME and nowhere else.",
        correction="Mount the directory that holds the version directories at /models/NAME.",
        example="-v /srv/m:/models      # wrong: /models/1\n-v /srv/m:/models/m    # right: /models/m/1",
    ),
    FindingKind(
        id="docker-mount-source-missing",
        severity=Severity.ERROR,
        title="The directory to be mounted does not exist",
        symptom="With -v Docker makes an empty directory that belongs to root, and the server finds no versions;"
        ' with --mount: invalid mount config for type "bind": bind source path does not exist',
        reason="The path is wrong on this machine, or a variable in it is empty.",
        correction="Correct the path.",
        example='-v "$(pwd)/models/m:/models/m"',
    ),
    FindingKind(
        id="docker-relative-mount",
        severity=Severity.ERROR,
        title="The path to be mounted is not absolute",
        symptom="A name without a slash is the name of a volume: an empty one is made and no versions are found."
        " With a slash: includes invalid characters for a local volume name; or: invalid mount path: must"
        " be absolute.",
        reason="Docker takes absolute paths. Recent releases take -v ./path too, but --mount does not, and `~`"
        " is only expanded at the beginning of a word.",
        correction="Write the absolute path, or $(pwd)/path.",
        example='-v models/m:/models/m             # wrong\n-v "$(pwd)/models/m:/models/m"    # right',
    ),
    FindingKind(
        id="docker-mount-syntax",
        severity=Severity.ERROR,
        title="A mount is not written rightly",
        symptom='docker: invalid argument … for "--mount" flag: unexpected key; or an empty volume takes the'
        " place of the model.",
        reason="--mount takes type=bind,source=PATH,target=PATH without spaces; without type=bind it means a"
        " volume. -v takes SOURCE:TARGET.",
        correction="Write it as shown.",
        example="--mount type=bind,source=/srv/m,target=/models/m\n-v /srv/m:/models/m",
    ),
    FindingKind(
        id="docker-port-exposed",
        severity=Severity.SECURITY,
        title="A port is open to every network",
        symptom="Nothing: whoever can reach this machine can use the model. Docker's rules go before those of a"
        " firewall such as ufw.",
        reason="-p 8501:8501 listens on all addresses of the machine. TensorFlow Serving has no users and no"
        " passwords.",
        correction="Publish it on 127.0.0.1, or on the one address that needs it.",
        example="-p 8501:8501              # everybody\n-p 127.0.0.1:8501:8501    # this machine",
    ),
    FindingKind(
        id="docker-port-not-published",
        severity=Severity.WARNING,
        title="A port of the server is not published",
        symptom="curl: (7) Failed to connect to localhost port 8501; with gRPC: UNAVAILABLE.",
        reason="The server listens inside the container: 8501 for REST, 8500 for gRPC. Outside only published"
        " ports can be reached.",
        correction="Publish the ports that clients use.",
        example="-p 127.0.0.1:8501:8501 -p 127.0.0.1:8500:8500",
    ),
    FindingKind(
        id="docker-port-mismatch",
        severity=Severity.ERROR,
        title="A port is published on which the server does not listen",
        symptom="curl: (52) Empty reply from server; or: connection reset by peer",
        reason="-p HOST:CONTAINER: the second number is the port inside the container, where REST has 8501 and"
        " gRPC 8500.",
        correction="Write the container's port after the colon.",
        example="-p 8080:8080              # wrong\n-p 127.0.0.1:8080:8501    # right: REST at localhost:8080",
    ),
    FindingKind(
        id="docker-config-not-mounted",
        severity=Severity.ERROR,
        title="The config file is not in the container",
        symptom="Failed to start server. Error: NOT_FOUND: PATH; No such file or directory",
        reason="--model_config_file is a path inside the container.",
        correction="Mount the file, or the directory it is in, and give the path it has there.",
        example="docker run -v /srv/models:/models … tensorflow/serving --model_config_file=/models/models.config",
    ),
    FindingKind(
        id="docker-base-path-outside",
        severity=Severity.ERROR,
        title="A base path in the config file does not exist in the container",
        symptom="Could not find base path PATH for servable NAME, every second; no model is loaded.",
        reason="Base paths in the config file are paths inside the container, not on the machine around it.",
        correction="Write the path that the directory has in the container.",
        example='base_path: "/srv/models/m"    # on the machine: wrong\n'
        'base_path: "/models/m"        # in the container: right',
    ),
    FindingKind(
        id="server-flag-unknown",
        severity=Severity.WARNING,
        title="The server does not know a flag",
        symptom="unknown argument: --flag, and the whole usage; the server starts without it.",
        reason="TensorFlow Serving passes unknown flags over. tfsctl refuses them.",
        correction="Correct the name.",
        example="--rest_port=8501        # wrong\n--rest_api_port=8501    # right",
    ),
    FindingKind(
        id="server-flag-syntax",
        severity=Severity.ERROR,
        title="A flag is not written as the server wants it",
        symptom="unknown argument: VALUE, and the whole usage; the server starts without it, or with an empty value.",
        reason="TensorFlow Serving takes --name=value only: two dashes, and no space.",
        correction="Write --name=value.",
        example="--model_config_file /models/models.config    # wrong\n"
        "--model_config_file=/models/models.config    # right",
    ),
    FindingKind(
        id="polling-off",
        severity=Severity.WARNING,
        title="The server does not look for new versions",
        symptom="New versions are never loaded. With a negative number the server never opens its ports; a reload"
        " that adds a model hangs for ever.",
        reason="--file_system_poll_wait_seconds=0 looks once, at the start; a negative number never looks.",
        correction="Leave the flag out, or give it a number of seconds.",
        example="--file_system_poll_wait_seconds=60",
    ),
    FindingKind(
        id="docker-gpu-missing",
        severity=Severity.WARNING,
        title="The image is for GPUs, and the container gets none",
        symptom="failed call to cuInit: UNKNOWN ERROR; the model runs on the CPU.",
        reason="A container sees GPUs only with --gpus, and with NVIDIA's container toolkit installed.",
        correction="Add --gpus all, or take the image without -gpu.",
        example="docker run --gpus all … tensorflow/serving:latest-gpu",
    ),
    FindingKind(
        id="docker-image-platform",
        severity=Severity.WARNING,
        title="The image is not for this machine's processor",
        symptom="WARNING: The requested image's platform (linux/amd64) does not match the detected host platform"
        " (linux/arm64/v8); then often: qemu: uncaught target signal 6 (Aborted)",
        reason="The official image exists for amd64 only; under emulation it often crashes for want of AVX.",
        correction="Serve without Docker.",
        example="tfsctl serve models/m",
    ),
)
