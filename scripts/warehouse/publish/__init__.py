"""Publish the marts: a new file, checked as a reader sees it, kept, and swapped in whole."""

from warehouse.publish.copy import (
    PUBLISHED_SCHEMAS,
    Publication,
    check_built,
    publish,
)
from warehouse.publish.sql import quoted, text
from warehouse.publish.versions import (
    Version,
    kept_versions_of,
    next_version,
    published_version,
    rollback,
)

__all__ = [
    "PUBLISHED_SCHEMAS",
    "Publication",
    "Version",
    "check_built",
    "kept_versions_of",
    "next_version",
    "publish",
    "published_version",
    "quoted",
    "rollback",
    "text",
]
