"""Land the files of a folder into `raw_<source>`, exactly as they came.

Nothing is guessed: every column is text, every row says which file it came from, a line that
cannot be parsed is kept aside with its number and the reason, and a folder lands whole or not
at all.
"""

from warehouse.land.landing import FileOutcome, Landing, land_folder
from warehouse.land.report import as_lines, as_table, totals

__all__ = ["FileOutcome", "Landing", "as_lines", "as_table", "land_folder", "totals"]
