"""Which image is meant."""

from __future__ import annotations

import re

from tfsctl.errors import UsageError

OFFICIAL_IMAGE = "tensorflow/serving"
_OFFICIAL_NAMES = (OFFICIAL_IMAGE, f"docker.io/{OFFICIAL_IMAGE}", f"index.docker.io/{OFFICIAL_IMAGE}")
_DEFAULT_TAG = "latest"
# Docker's grammar: a tag follows the last colon after the last slash; before that a colon is a registry's port.
_REFERENCE = re.compile(
    r"(?P<name>[^:@\s]+(?::\d+/[^:@\s]+)?)(?::(?P<tag>[\w][\w.-]{0,127}))?(?P<digest>@sha256:[0-9a-f]{64})?"
)
_TAG = re.compile(r"\w[\w.-]{0,127}")


def image_reference(image: str = OFFICIAL_IMAGE, *, tag: str = "", gpu: bool = False) -> str:
    """`NAME:TAG` or `NAME@DIGEST` in full.

    `image` may have a tag or a digest, a tag of its own may be given as `TAG` or `:TAG`, and neither means `latest`.
    With `gpu` the official image is the one built for GPUs, whose tags end in `-gpu`; other images have no such rule.

    Raises UsageError for what is no image's name, and for two tags.
    """
    match = _REFERENCE.fullmatch(image)
    if match is None:
        raise UsageError(f"'{image}' is not the name of an image.", hint="Write NAME, NAME:TAG or NAME@sha256:DIGEST.")
    tag = tag.removeprefix(":")
    if tag and _TAG.fullmatch(tag) is None:
        raise UsageError(f"'{tag}' is not a tag.")
    if tag and (match["tag"] or match["digest"]):
        raise UsageError(f"{image} says which one already; --image-tag {tag} says it again.", hint="Leave one out.")
    if match["digest"]:
        return image
    tag = tag or match["tag"] or _DEFAULT_TAG
    if gpu and match["name"] in _OFFICIAL_NAMES and not tag.endswith("-gpu"):
        tag += "-gpu"
    return f"{match['name']}:{tag}"


def is_official(reference: str) -> bool:
    """Whether this is TensorFlow Serving's own image."""
    return re.split("[:@]", reference, maxsplit=1)[0] in _OFFICIAL_NAMES
