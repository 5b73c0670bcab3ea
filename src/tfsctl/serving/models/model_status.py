"""The states of a model's versions as TF Serving's messages (tensorflow-serving.md §2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfsctl.core import ServableState
from tfsctl.protos import GetModelStatusResponse


def status_message(states: Iterable[ServableState]) -> Any:
    """A GetModelStatusResponse with one entry for each state, in the order given."""
    response = GetModelStatusResponse()
    for state in states:
        entry = response.model_version_status.add(version=state.id.version, state=int(state.state))
        # Set even when it is OK: an absent status would leave `status` out of the JSON.
        entry.status.SetInParent()
        if state.error is not None:
            entry.status.error_code = int(state.error.code)
            entry.status.error_message = state.error.message
    return response
