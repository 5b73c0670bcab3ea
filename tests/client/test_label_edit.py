"""Labels changed in the text of a configuration, where they stand."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.client.label_edit import edit_labels, labels_of
from tfsctl.errors import FailedPreconditionError, NotFoundError, UsageError
from tfsctl.protos import ModelServerConfig
from tfsctl.text_proto_scan import scan_fields

CONFIG = """\
# All our models.
model_config_list {
  config {
    name: 'mnist'  # digits
    base_path: "/models/mnist"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: [3, 4] } }
    version_labels {
      key: 'stable'  # since May
      value: 3
    }
    # To be tried out.
    version_labels { key: "canary" value: 4 }
  }
  config { name: "other" base_path: "/models/other" model_platform: "tensorflow" }
  config {
    name: "plain"
    base_path: "/models/plain", model_platform: "tensorflow" # the end
  }
}
"""


def edited(text: str, model: str = "mnist", drop: tuple[str, ...] = (), **assign: int) -> str:
    return edit_labels(text, model, assign=assign, drop=drop, source="f").text


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_a_label_is_moved_where_it_stands() -> None:
    assert edited(CONFIG, stable=4) == CONFIG.replace("value: 3", "value: 4")
    assert edited(CONFIG, canary=3) == CONFIG.replace("value: 4 }", "value: 3 }")


def test_a_new_label_comes_behind_the_others_and_looks_like_them() -> None:
    assert changed_lines(CONFIG, edited(CONFIG, old=3)) == ([], ['    version_labels { key: "old" value: 3 }'])
    long = CONFIG.replace('    version_labels { key: "canary" value: 4 }\n', "")
    assert '    }\n    version_labels {\n      key: "old"\n      value: 3\n    }\n    # To be' in edited(long, old=3)


def test_the_first_label_of_a_model_comes_at_its_end() -> None:
    one_line = (
        'model_platform: "tensorflow" version_labels { key: "a" value: 1 } version_labels { key: "b" value: 2 } }'
    )
    assert one_line in edited(CONFIG, "other", a=1, b=2)
    added = '"tensorflow" # the end\n    version_labels {\n      key: "a"\n      value: 1\n    }\n  }\n'
    assert added in edited(CONFIG, "plain", a=1)


def test_a_dropped_label_goes_with_its_lines_and_no_others() -> None:
    assert changed_lines(CONFIG, edited(CONFIG, drop=("canary",)))[0] == [
        '    version_labels { key: "canary" value: 4 }'
    ]
    without = edited(CONFIG, drop=("stable", "canary"))
    assert "version_labels" not in without
    assert "# To be tried out." in without
    assert "# digits" in without


def test_what_stands_on_the_same_line_stays() -> None:
    text = CONFIG.replace("value: 4 }", "value: 4 },  # mine")
    assert "\n      # mine\n" in edited(text, drop=("canary",))


def test_line_ends_of_windows_stay() -> None:
    text = CONFIG.replace("\n", "\r\n")
    after = edited(text, "plain", a=1)
    assert after.count("\r\n") == after.count("\n") == text.count("\n") + 4


TWICE = 'config { name: "m" version_labels { key: "a" value: 1 } version_labels { key: "a" value: 2 } }'
BRACES = 'config { name: "}" "#" base_path: "{" version_labels { key: "x" value: 2 } }'
ESCAPED = 'config { name: "m" version_labels { key: "\\141" value: 1 } }'


@pytest.mark.parametrize(
    "text",
    [
        'model_config_list: < config: < name: "m"; version_labels: < value: 1, key: "a" >; >; >',
        'model_config_list {config { version_labels { key: "b" } version_labels {key: \'a\' value: 0x1 } name: "m" }}',
        f"model_config_list {{ {TWICE} }}",
        'model_config_list{config{name:"m"version_labels{key:"a"value:1}}}',
        f"model_config_list {{ {BRACES} {ESCAPED} }}",
    ],
)
def test_odd_layouts_are_changed_in_place_too(text: str) -> None:
    result = edit_labels(text, "m", assign={"a": 7, "new": 8}, drop=(), source="f")
    assert text_format.Parse(result.text, ModelServerConfig()) == result.config
    labels = {label: version for label, version in result.labels("m").items() if label in {"a", "new"}}
    assert labels == {"a": 7, "new": 8}


def test_lists_in_brackets_are_refused_but_for_rewriting() -> None:
    text = 'model_config_list { config: [ { name: "m" version_labels: [ { key: "a" value: 1 } ] } ] } # lost'
    with pytest.raises(FailedPreconditionError) as caught:
        edited(text, "m", a=2)
    assert "--rewrite" in (caught.value.hint or "")
    result = edit_labels(text, "m", assign={"a": 2}, drop=(), source="f", rewrite=True)
    assert "lost" not in result.text
    assert labels_of(text_format.Parse(result.text, ModelServerConfig()), "m") == {"a": 2}


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="f has no model x") as caught:
        edited(CONFIG, "x", a=1)
    assert caught.value.hint == "It has: mnist, other, plain."
    with pytest.raises(NotFoundError, match="Model mnist has no version label nope in f"):
        edited(CONFIG, drop=("nope",))
    with pytest.raises(UsageError, match=r"^f:1:1"):
        edited("nonsense", "x", a=1)


LABELS = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 2**63 - 1), max_size=3)


@given(before=LABELS, assign=LABELS, one_line=st.booleans(), data=st.data())
def test_any_labels_become_any_others(
    before: dict[str, int], assign: dict[str, int], one_line: bool, data: st.DataObject
) -> None:
    config = ModelServerConfig()
    config.model_config_list.config.add(name="first", version_labels=before)
    config.model_config_list.config.add(name="m", version_labels=before)
    config.model_config_list.config.add(name="last")
    text = text_format.MessageToString(config, as_one_line=one_line)
    drop = [label for label in before if label not in assign and data.draw(st.booleans())]
    result = edit_labels(text, "m", assign=assign, drop=drop, source="f")
    expected = {label: version for label, version in {**before, **assign}.items() if label not in drop}
    assert result.labels("m") == dict(sorted(expected.items()))
    assert labels_of(result.config, "first") == dict(sorted(before.items()))


@given(st.text(alphabet="ab{}<>[]:;,#\"'\\\n 1", max_size=40))
def test_scanning_ends_whatever_the_text(text: str) -> None:
    assert all(0 <= field.start <= field.end <= len(text) for field in scan_fields(text))
