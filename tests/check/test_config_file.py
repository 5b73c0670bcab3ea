from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from check.models import block, put, write_config
from tfsctl.check import Edit, Finding, Severity, apply_edits, check_config_file
from tfsctl.errors import NotFoundError


def find(path: Path, kind_id: str) -> Finding:
    (one,) = [finding for finding in check_config_file(path).findings if finding.kind.id == kind_id]
    return one


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('model_config_list {\n  config {\n    nme: "m"\n  }\n}', (3, 5), 'no field named "nme"'),
        ('model_config_list {\n  config {\n    name: "m\n  }\n}', (3, 11), "missing ending quote"),
        ("model_config_list {", (1, 19), 'Expected "}"'),
        ('{"model_config_list": {}}', (1, 1), "Expected identifier"),
        ('model_config_list { config { version_labels { value: "x" } } }', (1, 54), "parse integer"),
    ],
)
def test_what_cannot_be_parsed_is_shown_with_line_and_column(
    text: str, place: tuple[int, int], message: str, home: Path
) -> None:
    (home / "models.config").write_text(text)
    finding = find(Path("models.config"), "config-unparsable")
    assert finding.line == place[0]
    assert abs((finding.column or 0) - place[1]) <= 10
    assert message in finding.message
    assert finding.evidence[0] == text.splitlines()[place[0] - 1]


def test_bytes_that_are_no_text_are_placed(home: Path) -> None:
    (home / "models.config").write_bytes(b"# caf\xe9\n")
    finding = find(home / "models.config", "config-unparsable")
    assert finding.place == f"{home}/models.config:1:6"


def test_a_field_with_a_near_name_is_corrected(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    path = write_config(home / "models.config", block("m", home / "m").replace("model_platform", "model_plattform"))
    apply_edits(find(path, "config-unparsable").edits)
    assert check_config_file(path).would_serve


@pytest.mark.parametrize("text", ["", "# nothing\n", "model_config_list {}"])
def test_a_file_without_models_is_told(text: str, home: Path) -> None:
    (home / "models.config").write_text(text)
    assert find(home / "models.config", "config-empty").severity is Severity.ERROR


def test_a_file_that_is_not_there_is_not_found(home: Path) -> None:
    with pytest.raises(NotFoundError):
        check_config_file(home / "gone")


def test_a_good_file_says_what_would_be_served(home: Path, zoo: Path) -> None:
    for version in ("1", "2", "3"):
        put(zoo, home / "m", version=version)
    policy = "model_version_policy { latest { num_versions: 2 } }"
    report = check_config_file(write_config(home / "models.config", block("m", home / "m", policy)))
    (model,) = report.models
    assert (model.name, model.policy, model.found) == ("m", "latest 2", (3, 2, 1))
    assert [version.version for version in model.versions] == [3, 2]
    assert {finding.severity for finding in report.findings} == {Severity.NOTE}


def test_a_policy_that_leaves_no_version_is_an_error(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    policy = "model_version_policy { specific { versions: 7 } }"
    path = write_config(home / "models.config", block("m", home / "m", policy))
    assert find(path, "specific-version-missing").severity is Severity.ERROR


def test_the_second_of_two_models_with_one_name_is_placed(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    path = write_config(home / "models.config", block("m", home / "m"), block("m", home / "m"))
    assert find(path, "duplicate-model-name").line == 3


@pytest.mark.parametrize("given", ["m/1", "m/1/saved_model.pb"])
def test_a_base_path_that_is_too_deep_is_corrected(given: str, home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    path = write_config(home / "models.config", block("m", home / given))
    (finding,) = check_config_file(path).findings
    assert finding.commands == ()
    apply_edits(finding.edits)
    assert check_config_file(path).would_serve


def test_model_type_alone_is_enough(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    config = block("m", home / "m", platform="model_type: TENSORFLOW")
    assert check_config_file(write_config(home / "models.config", config)).would_serve


def test_edits_of_one_file_do_not_shift_each_other(home: Path) -> None:
    path = home / "text"
    path.write_text("one two\nthree four\n")
    apply_edits([Edit(path, 1, 5, "two\nthree", "2\n3"), Edit(path, 2, 7, "four", "4"), Edit(path, 1, 1, "", "0 ")])
    assert path.read_text() == "0 one 2\n3 4\n"


def test_an_edit_of_another_text_is_refused(home: Path) -> None:
    (home / "text").write_text("one")
    with pytest.raises(ValueError, match="does not have 'two'"):
        apply_edits([Edit(home / "text", 1, 1, "two", "2")])


def test_findings_do_not_depend_on_the_layout_of_the_text(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    (home / "models.config").write_text(
        f"# all models\nmodel_config_list: < config: [ {{ base_path: '{home}/m', name: 'm' }} ] >"
    )
    finding = find(home / "models.config", "model-platform-missing")
    assert finding.line == 2
    apply_edits(finding.edits)
    assert check_config_file(home / "models.config").would_serve
    assert dataclasses.asdict(finding)["edits"][0]["old"] == ""
