"""Results of a run: a line each, sums, and what changed since another run."""

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from evals.judge import Judgement

# What the mean answer of each door may be, as it is sent (docs/evals.md).
MOST_SENT = {"actions": 1_200, "mcp": 1_600}
_SIGNS = {"right": "✓", "asked": "?", "wrong": "✗"}


def show(one: Judgement, out: TextIO) -> None:
    out.write(
        f"{_SIGNS[one.verdict]} {one.scenario.id}: {len(one.talk.calls)} calls, {one.talk.characters} characters\n"
    )
    out.writelines(f"    {fault}\n" for fault in one.wrong)


def as_json(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """{"scenarios": {id: …}, "sums": {…}}; characters are those of the answers as a model reads them, sent as they cross the wire."""
    scenarios = {
        one.scenario.id: {
            "verdict": one.verdict,
            "wrong": list(one.wrong),
            "calls": len(one.talk.calls),
            "wasted": one.wasted,
            "questions": one.talk.questions,
            "characters": one.talk.characters,
            "sent": one.talk.sent,
            "door": one.scenario.door,
            "language": one.scenario.language,
        }
        for one in judgements
    }
    return {"scenarios": scenarios, "sums": _sums(list(scenarios.values()))}


def _sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    calls = sum(row["calls"] for row in rows)
    return {
        "played": len(rows),
        **{verdict: sum(row["verdict"] == verdict for row in rows) for verdict in _SIGNS},
        "calls": calls,
        "wasted": sum(row["wasted"] for row in rows),
        **{
            f"{what}_an_answer_{door}": round(sum(row[what] for row in of) / max(1, sum(row["calls"] for row in of)))
            for what in ("characters", "sent")
            for door in ("actions", "mcp")
            for of in [[row for row in rows if row["door"] == door]]
        },
    }


def summary(results: Mapping[str, Any]) -> str:
    sums = results["sums"]
    played = max(1, sums["played"])
    most = " and ".join(f"{most:,}" for most in MOST_SENT.values())
    return (
        f"\n{sums['played']} conversations: {sums['right']} right at once ({100 * sums['right'] / played:.0f} %), "
        f"{sums['asked']} right after a question, {sums['wrong']} wrong; {sums['calls']} calls, "
        f"{10 * sums['wasted'] / played:.1f} wasted in ten conversations.\n"
        f"Characters an answer: {sums['characters_an_answer_actions']} at Actions, {sums['characters_an_answer_mcp']} at MCP "
        f"({sums['sent_an_answer_mcp']} as sent, with its copy); at most {most} are wanted.\n"
    )


def compared(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    lines = ["\nSince then:"]
    for name, row in now["scenarios"].items():
        was = before["scenarios"].get(name)
        if was is None:
            lines.append(f"  new       {name}: {row['verdict']}")
        elif was["verdict"] != row["verdict"]:
            lines.append(f"  changed   {name}: {was['verdict']} → {row['verdict']}")
    lines += [f"  gone      {name}" for name in before["scenarios"].keys() - now["scenarios"].keys()]
    for name, value in now["sums"].items():
        if before["sums"].get(name) != value:
            lines.append(f"  {name}: {before['sums'].get(name)} → {value}")
    return "\n".join(lines) + "\n"
