"""A measurement as lines of text."""

from __future__ import annotations

from warehouse.bench.run import Report

_GIB = 1024**3


def as_lines(report: Report) -> list[str]:
    """The report for people: one line per figure, widths that line up."""
    lines = [
        f"scale {report.scale:g}: {sum(report.rows.values()):,} rows in {len(report.rows)} tables, "
        f"{_size(report.file_bytes)} of files; {report.cores} cores, {report.threads} threads, "
        f"memory limit {report.memory}",
        ", ".join(f"{name} {number}" for name, number in report.versions.items()),
        "",
        f"{'step':<24}{'seconds':>10}{'processor':>11}{'memory':>10}{'rows':>14}{'× floor':>10}",
    ]
    for step in report.steps:
        lines.append(
            f"{step.name:<24}{step.seconds:>10.1f}"
            f"{'' if step.cpu_seconds is None else f'{step.cpu_seconds:.1f}':>11}"
            f"{'' if step.peak_bytes is None else _size(step.peak_bytes):>10}"
            f"{'' if step.rows is None else f'{step.rows:,}':>14}"
            f"{'' if step.floors is None else f'{step.floors:.1f}':>10}"
        )
    lines += [
        "",
        f"peak memory {_size(report.peak_bytes)}; warehouse {_size(report.warehouse_bytes)}, "
        f"published {_size(report.published_bytes)}",
    ]
    for when, found in report.queries.items():
        lines.append(
            f"queries {when}: median {found['median_ms']} ms, p95 {found['p95_ms']} ms, "
            f"{found['queries']} asked, {found['failed']} failed"
        )
    return lines


def _size(count: int) -> str:
    return f"{count / _GIB:.2f} GiB" if count >= _GIB / 2 else f"{count / 1024**2:.0f} MiB"
