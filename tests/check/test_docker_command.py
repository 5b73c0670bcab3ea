from __future__ import annotations

from pathlib import Path

import pytest

from check.models import block, edit, put, rename_op, write_config
from tfsctl.check import Finding, Report, Severity, check_docker_command
from tfsctl.errors import UsageError

IMAGE = "tensorflow/serving"
LOCAL = "-p 127.0.0.1:8501:8501"


def check(home: Path, options: str, arguments: str = "", *, image: str = IMAGE) -> Report:
    return check_docker_command(f"docker run {options} {image} {arguments}".replace("HOME", str(home)))


def finding(report: Report, kind_id: str) -> Finding:
    (one,) = [finding for finding in report.findings if finding.kind.id == kind_id]
    return one


def serious(report: Report) -> list[str]:
    return [finding.kind.id for finding in report.findings if finding.severity is not Severity.NOTE]


@pytest.mark.parametrize(
    "options",
    [
        f"{LOCAL} -v HOME/m:/models/m -e MODEL_NAME=m",
        f"{LOCAL} -v HOME/m:/models/m:ro -e MODEL_NAME=m --rm -t",
        f"{LOCAL} --mount type=bind,source=HOME/m,target=/models/m -e MODEL_NAME=m",
        f"{LOCAL} -v HOME:/models -e MODEL_NAME=m",
        f"{LOCAL} -v HOME/m:/models/model",
        f"{LOCAL} -v HOME/m:/srv/m -e MODEL_BASE_PATH=/srv -e MODEL_NAME=m",
        "-p [::1]:8501:8501 -p 127.0.0.1:9000:8500 -v HOME/m:/models/model",
    ],
)
def test_a_right_command_has_nothing_to_be_corrected(options: str, home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    report = check(home, options)
    assert (serious(report), report.corrected_command) == ([], None)
    assert [(model.name, model.found) for model in report.models] == [
        ("model" if "/model" in options[-6:] else "m", (1,))
    ]


def test_the_servers_own_flags_say_where_the_model_is(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    flags = "--model_name=n --model_base_path=/srv/m --rest_api_port=9001"
    report = check(home, "-p 127.0.0.1:9001:9001 -v HOME/m:/srv/m", flags)
    assert serious(report) == []
    assert report.models[0].name == "n"


def test_flags_that_name_another_place_have_the_mount_corrected(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    report = check(home, f"{LOCAL} -v HOME/m:/models/m", "--model_name=m --model_base_path=/srv/m")
    assert serious(report) == ["docker-mount-target"]
    assert f"-v {home}/m:/srv/m" in (report.corrected_command or "")


def test_the_mounted_directory_itself_is_checked(home: Path, zoo: Path) -> None:
    put(zoo, home / "m", version="v1")
    report = check(home, f"{LOCAL} -v HOME/m:/models/m -e MODEL_NAME=m")
    assert finding(report, "version-name-not-number").commands == (f"mv {home}/m/v1 {home}/m/1",)


def test_the_tag_of_the_image_says_which_tensorflow_it_has(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    report = check(home, f"{LOCAL} -v HOME/m:/models/m -e MODEL_NAME=m", image=f"{IMAGE}:2.11.0")
    assert "2.11.0" in finding(report, "newer-tensorflow").message


@pytest.mark.parametrize(("image", "severity"), [(IMAGE, Severity.NOTE), ("mine/serving", Severity.ERROR)])
def test_operations_that_the_official_image_has_are_no_error_there(
    image: str, severity: Severity, home: Path, zoo: Path
) -> None:
    edit(put(zoo, home / "m"), rename_op("SentencepieceOp"))
    report = check(home, f"{LOCAL} -v HOME/m:/models/m -e MODEL_NAME=m", image=image)
    one = finding(report, "missing-op")
    assert one.severity is severity
    assert "TensorFlow Text" in one.message


def test_an_image_of_ones_own_may_bring_the_model_along(home: Path) -> None:
    assert check(home, LOCAL, image="mine/serving:3").would_serve


def test_a_config_file_means_paths_in_the_container(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    write_config(home / "models.config", block("m", "/models/m"))
    report = check(home, f"{LOCAL} -v HOME:/models", "--model_config_file=/models/models.config")
    assert serious(report) == []
    assert report.models[0].found == (1,)


def test_a_config_file_of_this_machine_is_mounted_by_the_corrected_command(home: Path, zoo: Path) -> None:
    write_config(home / "models.config", block("m", "/models/m"))
    report = check(home, LOCAL, f"--model_config_file={home}/models.config")
    assert f"-v {home}/models.config:{home}/models.config:ro" in (report.corrected_command or "")


def test_labels_in_the_first_configuration_need_a_flag(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    write_config(home / "models.config", block("m", "/models/m", 'version_labels { key: "stable" value: 1 }'))
    flags = "--model_config_file=/models/models.config"
    assert serious(check(home, f"{LOCAL} -v HOME:/models", flags)) == ["labels-at-start"]
    flags += " --allow_version_labels_for_unavailable_models=true"
    assert serious(check(home, f"{LOCAL} -v HOME:/models", flags)) == []


@pytest.mark.parametrize(
    ("published", "corrected"),
    [
        ("-p 8501:8501", "127.0.0.1:8501:8501"),
        ("-p 0.0.0.0:8501:8501", "127.0.0.1:8501:8501"),
        ("-p 9000:8501/tcp", "127.0.0.1:9000:8501"),
        ("-p 8501", "127.0.0.1:8501:8501"),
        ("-p 8080:8080", "127.0.0.1:8080:8501"),
        ("-p 10.0.0.5:8080:8080", "10.0.0.5:8080:8501"),
        ("-p 8500:9999", "127.0.0.1:8500:8500"),
        ("", "127.0.0.1:8501:8501"),
    ],
)
def test_ports_are_corrected(published: str, corrected: str, home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    report = check(home, f"{published} -v HOME/m:/models/m -e MODEL_NAME=m")
    assert f"-p {corrected} " in (report.corrected_command or "")


@pytest.mark.parametrize(
    ("network", "kind_id", "severity"),
    [
        ("--network host", "docker-port-exposed", Severity.SECURITY),
        ("--network backend", "docker-port-not-published", Severity.NOTE),
        ("-p 127.0.0.1:8500:8500", "docker-port-not-published", Severity.NOTE),
    ],
)
def test_what_a_network_means_for_the_ports(  # noqa: PLR0917 (the columns of the table)
    network: str, kind_id: str, severity: Severity, home: Path, zoo: Path
) -> None:
    put(zoo, home / "m")
    report = check(home, f"{network} -v HOME/m:/models/m -e MODEL_NAME=m")
    assert finding(report, kind_id).severity is severity


@pytest.mark.parametrize(
    ("arguments", "kind_id", "corrected"),
    [
        ("--rest_api_prt=8501", "server-flag-unknown", "--rest_api_port=8501"),
        ("--enable_batching", None, None),
        ("--batching_parameters_file /x", "server-flag-syntax", "--batching_parameters_file=/x"),
        ("-enable_batching=true", "server-flag-syntax", "--enable_batching=true"),
        ("bash", "server-flag-syntax", None),
        ("--file_system_poll_wait_seconds=-1", "polling-off", None),
    ],
)
def test_flags_of_the_server(  # noqa: PLR0917 (the columns of the table)
    arguments: str, kind_id: str | None, corrected: str | None, home: Path, zoo: Path
) -> None:
    put(zoo, home / "m")
    report = check(home, f"{LOCAL} -v HOME/m:/models/m -e MODEL_NAME=m", arguments)
    assert serious(report) == ([kind_id] if kind_id else [])
    assert corrected is None or corrected in (report.corrected_command or "")


def test_a_relative_path_is_what_it_means_in_this_directory(home: Path, zoo: Path) -> None:
    put(zoo, home / "a b/m")
    report = check_docker_command(["docker", "run", "-v", "a b/m:/models/m", "-e", "MODEL_NAME=m", IMAGE])
    assert f"-v '{home}/a b/m:/models/m'" in (report.corrected_command or "")


def test_a_variable_from_a_file_counts(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    (home / "env").write_text("# the model\nMODEL_NAME=m\n")
    assert serious(check(home, f"{LOCAL} --env-file env -v HOME/m:/models/m")) == []


def test_a_command_that_runs_nothing_is_refused() -> None:
    with pytest.raises(UsageError):
        check_docker_command("docker ps")
