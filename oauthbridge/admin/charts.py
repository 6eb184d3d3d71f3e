"""Charts drawn on the server: geometry in, SVG out in a template, no script and no inline style.

A drawing is `WIDTH` × `HEIGHT` units and is stretched to its place; words stand beside it in HTML, where they keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960.0, 100.0
# Of a column's room, so much stays free on its right.
_GAP = 0.18


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    kind: str


@dataclass(frozen=True)
class Column:
    """One moment: its words for who points at it, its parts from the bottom up, and its whole room to be pointed at."""

    title: str
    x: str
    width: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Line:
    kind: str
    path: str


@dataclass(frozen=True)
class Chart:
    """What the template draws. `top` is the value at the upper edge, in words."""

    top: str
    middle: str
    columns: Sequence[Column]
    lines: Sequence[Line]


def round_up(value: float) -> float:
    """The next of 1, 2, 3, 4, 6, 8, 10, 20, 30 … that is not below `value`."""
    step = 1.0
    while True:
        for factor in (1, 2, 3, 4, 6, 8):
            if step * factor >= value:
                return step * factor
        step *= 10


def stacked_columns(moments: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Chart:
    """A column for each moment: (title, [(kind, value) from the bottom up])."""
    top = round_up(max((sum(value for _kind, value in parts) for _title, parts in moments), default=0))
    room = WIDTH / max(1, len(moments))
    columns = []
    for number, (title, parts) in enumerate(moments):
        bars, height = [], HEIGHT
        for kind, value in parts:
            if value:
                tall = HEIGHT * value / top
                height -= tall
                bars.append(Bar(_n(number * room), _n(height), _n(room * (1 - _GAP)), _n(tall), kind))
        columns.append(Column(title, _n(number * room), _n(room), bars))
    return Chart(f"{top:,.0f}", f"{top / 2:,.0f}" if top % 2 == 0 else "", columns, [])


def step_lines(titles: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], unit: str) -> Chart:
    """A line of level steps for each series: a moment without a value is a gap, one alone still shows."""
    top = round_up(max((value for _kind, values in series for value in values if value is not None), default=1))
    room = WIDTH / max(1, len(titles))
    lines = []
    for kind, values in series:
        path, drawing = [], False
        for number, value in enumerate(values):
            if value is not None:
                y = HEIGHT * (1 - value / top)
                path.append(f"{'L' if drawing else 'M'}{_n(number * room)} {_n(y)}H{_n((number + 1) * room)}")
            drawing = value is not None
        lines.append(Line(kind, "".join(path)))
    columns = [Column(title, _n(number * room), _n(room), []) for number, title in enumerate(titles)]
    return Chart(f"{top:,.0f} {unit}", f"{top / 2:,.0f} {unit}", columns, lines)


def _n(value: float) -> str:
    return f"{value:.2f}"
