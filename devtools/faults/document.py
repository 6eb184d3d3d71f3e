"""Tables in docs/reliability.md: between `<!-- faults:NAME -->` and `<!-- /faults:NAME -->`, never written by hand."""

from collections.abc import Mapping, Sequence

from devtools.faults.scenarios import Row, Scenario


def written_into(text: str, tables: Mapping[Scenario, Sequence[Row]]) -> str:
    """The document with these tables in their places; the others stay. Raises ValueError where a table has no place."""
    for scenario, rows in tables.items():
        begin, end = f"<!-- faults:{scenario.name} -->\n", f"<!-- /faults:{scenario.name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the document has no single place for {scenario.name}")
        before, rest = text.split(begin)
        text = f"{before}{begin}{markdown(scenario, rows)}{end}{rest.split(end)[1]}"
    return text


def markdown(scenario: Scenario, rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [_line(scenario.columns), _line(["---"] * len(scenario.columns)), *(_line(row.cells) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    inside = [cell.replace("|", "\\|").replace("\n", " ") for cell in cells]
    return f"| {' | '.join(inside)} |"
