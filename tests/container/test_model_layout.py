from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from tfsctl.container import ModelPlace, Mount, lay_out, lay_out_config
from tfsctl.errors import FailedPreconditionError
from tfsctl.protos import ModelServerConfig

_CONFIG = "/models/models.config"


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    (tmp_path / "m" / "1").mkdir(parents=True)
    return tmp_path / "m"


def _config_in(files: Any) -> Any:
    return text_format.Parse(files[_CONFIG], ModelServerConfig()).model_config_list.config


def test_one_model_goes_by_the_images_variable(base_path: Path) -> None:
    layout = lay_out([ModelPlace("half", base_path)])
    assert layout.environment == {"MODEL_NAME": "half"}
    assert layout.mounts == (Mount(base_path, "/models/half"),)
    assert (layout.files, layout.arguments) == ({}, ())


@pytest.mark.parametrize("name", ["a b", "a/b", "..", "-x", "a:b", "ü", "models.config"])
def test_a_name_that_is_no_directorys_goes_by_a_config_file(name: str, base_path: Path) -> None:
    layout = lay_out([ModelPlace(name, base_path), ModelPlace("other", base_path)])
    (first, _) = _config_in(layout.files)
    assert first.name == name
    assert first.base_path == layout.mounts[0].target
    assert first.base_path.startswith("/models/1+")
    assert layout.arguments == (f"--model_config_file={_CONFIG}",)


def test_names_that_look_alike_get_places_of_their_own(base_path: Path) -> None:
    layout = lay_out([ModelPlace(name, base_path) for name in ("a b", "a/b", "a_b")])
    assert len({mount.target for mount in layout.mounts}) == 3


def test_a_place_on_a_store_is_not_mounted(base_path: Path) -> None:
    layout = lay_out([ModelPlace("far", "gs://bucket/far"), ModelPlace("near", base_path)])
    assert [config.base_path for config in _config_in(layout.files)] == ["gs://bucket/far", "/models/near"]
    assert [mount.target for mount in layout.mounts] == ["/models/near"]


def test_all_else_that_a_config_says_is_kept(base_path: Path) -> None:
    config = text_format.Parse(
        f'model_config_list {{ config {{ name: "m" base_path: "{base_path}" model_platform: "tensorflow"'
        ' model_version_policy { specific { versions: [1, 7] } } version_labels { key: "s" value: 7 } } }',
        ModelServerConfig(),
    )
    (inside,) = _config_in(lay_out_config(config).files)
    assert list(inside.model_version_policy.specific.versions) == [1, 7]
    assert dict(inside.version_labels) == {"s": 7}
    assert config.model_config_list.config[0].base_path == str(base_path), "the one that was given is not changed"


def test_a_link_as_base_path_is_followed(base_path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(base_path)
    assert lay_out([ModelPlace("m", tmp_path / "link")]).mounts[0].source == base_path


@pytest.mark.parametrize("link", ["2", "1/saved_model.pb"])
def test_a_version_that_lies_elsewhere_is_refused(link: str, base_path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (base_path / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FailedPreconditionError, match="does not see") as caught:
        lay_out([ModelPlace("m", base_path)])
    assert f"cp -r {tmp_path / 'elsewhere'} {base_path / link}" in (caught.value.hint or "")


def test_a_link_that_stays_inside_is_fine(base_path: Path) -> None:
    shutil.copytree(base_path / "1", base_path / "store")
    (base_path / "2").symlink_to("store")
    assert len(lay_out([ModelPlace("m", base_path)]).mounts) == 1
