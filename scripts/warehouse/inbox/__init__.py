"""Land what is new in the inboxes: `inbox/<source>/`, one folder per source.

Files stay where they were delivered; what was landed is remembered by its content. A raw table is
made of the newest full export of its table and all deltas after it, by the time in their names and
never by arrival: the same set of files gives the same rows in whatever order they came.
"""

from warehouse.inbox.landing import (
    InboxFile,
    InboxResult,
    State,
    TableRows,
    land_inbox,
)

__all__ = ["InboxFile", "InboxResult", "State", "TableRows", "land_inbox"]
