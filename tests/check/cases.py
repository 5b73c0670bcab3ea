"""A mistake for each kind of finding: a function that makes it and returns what `tfsctl check` is to be given."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path

from check.models import block, edit, put, read_an_unsaved_variable, rename_op, write_config
from tfsctl.tf_record import encode_record

Case = Callable[[Path, Path], "str | list[str]"]
CASES: dict[str, Case] = {}
IMAGE = "tensorflow/serving"
LOCAL = "-p 127.0.0.1:8501:8501"


def case(kind_id: str) -> Callable[[Case], Case]:
    def register(make: Case) -> Case:
        CASES[kind_id] = make
        return make

    return register


@case("no-version-directory")
def _(home: Path, zoo: Path) -> str:
    shutil.copytree(zoo / "half_plus_two/1", home / "m")
    return "m"


@case("path-is-version-directory")
def _(home: Path, zoo: Path) -> str:
    return str(put(zoo, home / "m"))


@case("saved-model-file-given")
def _(home: Path, zoo: Path) -> str:
    return str(put(zoo, home / "m") / "saved_model.pb")


@case("model-file-given")
def _(home: Path, zoo: Path) -> str:
    (home / "m.keras").write_bytes(b"PK")
    return "m.keras"


@case("checkpoint-given")
def _(home: Path, zoo: Path) -> str:
    (home / "m").mkdir()
    (home / "m/checkpoint").write_text('model_checkpoint_path: "ckpt-1"')
    (home / "m/ckpt-1.index").touch()
    return "m"


@case("version-name-not-number")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", version="v1")
    return "m"


@case("version-is-file")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    (home / "m/2").write_text("notes")
    return "m"


@case("same-version-twice")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    put(zoo, home / "m", version="001")
    return "m"


@case("unreadable")
def _(home: Path, zoo: Path) -> str:
    (put(zoo, home / "m") / "saved_model.pb").chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)  # Root reads everything; the fixture goes back.
    return "m"


@case("remote-path-not-checked")
def _(home: Path, zoo: Path) -> str:
    return "s3://bucket/m"


@case("saved-model-missing")
def _(home: Path, zoo: Path) -> str:
    (put(zoo, home / "m") / "saved_model.pb").unlink()
    return "m"


@case("saved-model-unparsable")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="truncated_saved_model")
    return "m"


@case("session-bundle")
def _(home: Path, zoo: Path) -> str:
    (home / "m/1").mkdir(parents=True)
    (home / "m/1/export.meta").touch()
    return "m"


@case("variables-missing")
def _(home: Path, zoo: Path) -> str:
    shutil.rmtree(put(zoo, home / "m", model="half_plus_two") / "variables")
    return "m"


@case("variables-incomplete")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="truncated_variables")
    return "m"


@case("variable-not-in-checkpoint")
def _(home: Path, zoo: Path) -> str:
    version = put(zoo, home / "m", model="cnn")
    shutil.rmtree(version / "variables")
    shutil.copytree(zoo / "half_plus_two_tf2/1/variables", version / "variables")
    return "m"


@case("asset-missing")
def _(home: Path, zoo: Path) -> str:
    shutil.rmtree(put(zoo, home / "m", model="table") / "assets")
    return "m"


@case("large-model")
def _(home: Path, zoo: Path) -> str:
    extra = put(zoo, home / "m") / "assets.extra"
    extra.mkdir()
    (extra / "weights").touch()
    os.truncate(extra / "weights", 1 << 41)  # No block of it is written.
    return "m"


@case("warmup-refused")
def _(home: Path, zoo: Path) -> str:
    extra = put(zoo, home / "m") / "assets.extra"
    extra.mkdir()
    (extra / "tf_serving_warmup_requests").write_bytes(b"no records")
    return "m"


@case("warmup-doubtful")
def _(home: Path, zoo: Path) -> str:
    extra = put(zoo, home / "m") / "assets.extra"
    extra.mkdir()
    (extra / "tf_serving_warmup_requests").write_bytes(encode_record(wrong_shape_record()))
    return "m"


def wrong_shape_record(alias: str = "x") -> bytes:
    """A warm-up record whose only input has the shape [3]."""
    from tfsctl.protos import PredictionLog

    log = PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = "m"
    tensor = request.inputs[alias]
    tensor.dtype = 1
    tensor.tensor_shape.dim.add(size=3)
    tensor.float_val[:] = [1.0, 2.0, 3.0]
    data: bytes = log.SerializeToString()
    return data


@case("tags-not-found")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="without_serve_tag")
    return "m"


@case("no-signatures")
def _(home: Path, zoo: Path) -> str:
    edit(put(zoo, home / "m"), lambda meta_graph: meta_graph.signature_def.pop("serving_default"))
    return "m"


@case("no-serving-default")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="digits")
    return "m"


@case("missing-op")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="missing_op")
    return "m"


@case("op-without-kernel")
def _(home: Path, zoo: Path) -> str:
    edit(put(zoo, home / "m"), rename_op("CudnnRNN"))
    return "m"


@case("op-touches-files")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="effects")
    return "m"


@case("op-runs-code")
def _(home: Path, zoo: Path) -> str:
    edit(put(zoo, home / "m"), rename_op("EagerPyFunc"))
    return "m"


@case("variable-not-saved")
def _(home: Path, zoo: Path) -> str:
    edit(put(zoo, home / "m"), read_an_unsaved_variable)
    return "m"


@case("newer-tensorflow")
def _(home: Path, zoo: Path) -> str:
    edit(put(zoo, home / "m"), lambda meta_graph: setattr(meta_graph.meta_info_def, "tensorflow_version", "99.1.0"))
    return "m"


@case("signature-tensor-missing")
def _(home: Path, zoo: Path) -> str:
    edit(
        put(zoo, home / "m"),
        lambda meta_graph: setattr(meta_graph.signature_def["serving_default"].outputs["y"], "name", "gone:0"),
    )
    return "m"


@case("signature-without-inputs")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="counter")
    return "m"


@case("dtype-not-in-json")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="identity_complex64")
    return "m"


@case("method-name-unknown")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="outputs")
    return "m"


@case("method-does-not-fit")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="examples")
    return "m"


@case("fixed-number-of-rows")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="half_plus_two_tf2")
    return "m"


@case("shape-not-said")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m", model="identity_float32")
    return "m"


@case("config-unparsable")
def _(home: Path, zoo: Path) -> str:
    return str(write_config(home / "models.config", 'nme: "m" base_path: "/m"'))


@case("config-empty")
def _(home: Path, zoo: Path) -> str:
    return str(write_config(home / "models.config"))


@case("config-custom")
def _(home: Path, zoo: Path) -> str:
    (home / "models.config").write_text("custom_model_config { }")
    return "models.config"


@case("duplicate-model-name")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return str(write_config(home / "models.config", block("m", home / "m"), block("m", home / "m")))


@case("model-name-missing")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return str(write_config(home / "models.config", block("", home / "m")))


@case("model-name-awkward")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return str(write_config(home / "models.config", block("team/m", home / "m")))


@case("model-platform-missing")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return str(write_config(home / "models.config", block("m", home / "m", platform="")))


@case("model-platform-invalid")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    config = block("m", home / "m", platform='model_platform: "pytorch"')
    return str(write_config(home / "models.config", config))


@case("base-path-missing")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "good")
    return str(write_config(home / "models.config", block("a", home / "good"), block("b", home / "goood")))


@case("relative-base-path")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return str(write_config(home / "models.config", block("m", "m")))


@case("label-not-loaded")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    put(zoo, home / "m", version="2")
    return str(write_config(home / "models.config", block("m", home / "m", labels(stable=1, canary=2))))


def labels(**versions: int) -> str:
    return " ".join(f'version_labels {{ key: "{key}" value: {value} }}' for key, value in versions.items())


@case("labels-at-start")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return str(write_config(home / "models.config", block("m", home / "m", labels(stable=1))))


@case("specific-version-missing")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    policy = "model_version_policy { specific { versions: 1 versions: 7 } }"
    return str(write_config(home / "models.config", block("m", home / "m", policy)))


@case("docker-no-image")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v {home}/m:/models/m -e MODEL_NAME=m"


@case("docker-options-after-image")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE} {LOCAL}"


@case("docker-model-name")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v {home}/m:/models/m {IMAGE}"


@case("docker-model-base-path")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v {home}/m:/models/m -e MODEL_NAME=m -e MODEL_BASE_PATH=/models/m {IMAGE}"


@case("docker-no-mount")
def _(home: Path, zoo: Path) -> str:
    return f"docker run {LOCAL} {IMAGE}"


@case("docker-mount-target")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v {home}/m:/models {IMAGE}"


@case("docker-mount-source-missing")
def _(home: Path, zoo: Path) -> str:
    return f"docker run {LOCAL} -v {home}/gone:/models/m -e MODEL_NAME=m {IMAGE}"


@case("docker-relative-mount")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v m:/models/m -e MODEL_NAME=m {IMAGE}"


@case("docker-mount-syntax")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} --mount type=bind,sorce={home}/m,target=/models/m -e MODEL_NAME=m {IMAGE}"


@case("docker-port-exposed")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run -p 8501:8501 -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE}"


@case("docker-port-not-published")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE}"


@case("docker-port-mismatch")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run -p 127.0.0.1:8080:8080 -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE}"


@case("docker-config-not-mounted")
def _(home: Path, zoo: Path) -> str:
    return f"docker run {LOCAL} {IMAGE} --model_config_file=/models/models.config"


@case("docker-base-path-outside")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    write_config(home / "models.config", block("m", home / "m"))
    return f"docker run {LOCAL} -v {home}:/models {IMAGE} --model_config_file=/models/models.config"


@case("server-flag-unknown")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE} --enable_baching=true"


@case("server-flag-syntax")
def _(home: Path, zoo: Path) -> list[str]:
    put(zoo, home / "m")
    return ["tensorflow_model_server", "--model_name", "m", f"--model_base_path={home}/m"]


@case("polling-off")
def _(home: Path, zoo: Path) -> list[str]:
    put(zoo, home / "m")
    return ["tensorflow_model_server", "--file_system_poll_wait_seconds=0", f"--model_base_path={home}/m"]


@case("docker-gpu-missing")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    return f"docker run {LOCAL} -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE}:latest-gpu"


@case("docker-image-platform")
def _(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    platform.machine = lambda: "aarch64"  # The fixture puts it back.
    return f"docker run {LOCAL} -v {home}/m:/models/m -e MODEL_NAME=m {IMAGE}"
