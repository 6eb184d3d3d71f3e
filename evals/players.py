"""Who plays the assistant: the scenario's own script, somebody at the keyboard, or a model behind an address."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TextIO

import requests

from evals.judge import Talk, status_of
from evals.scenario import Scenario
from evals.stage import Stage, Tool

MOST_STEPS = 40
_REF = re.compile(r"\{(pet:)?([^{}]+)\}")


class Player(Protocol):
    """`speaks`: whether it writes to the person, so that its words can be judged."""

    speaks: bool

    def play(self, stage: Stage) -> Talk: ...


class Person:
    """The lines of a scenario, then the replies to questions, one after the other."""

    def __init__(self, scenario: Scenario) -> None:
        self._lines = iter([str(line) for line in scenario.lines])
        self._replies = iter(scenario.replies)

    def next_line(self) -> str | None:
        return next(self._lines, None)

    def reply(self) -> str | None:
        return next(self._replies, None)


class Script:
    """The scenario's own calls: whether it can be passed at all."""

    speaks = False

    def play(self, stage: Stage) -> Talk:
        talk, kept = Talk(), dict[str, Any]()
        for step in stage.scenario.script:
            if "say" in step:
                talk.said.append(step["say"])
                continue
            arguments = _filled(step.get("with", {}), stage, kept)
            name = str(_filled(step["call"], stage, kept))
            answer = stage.door.call(name, arguments)
            talk.calls.append((name, arguments, answer))
            wanted = step.get("status", "ok")
            if status_of(answer) != wanted:
                talk.broken = f"{name} answered {answer[:400]} instead of {wanted}"
                break
            try:
                kept |= {name: _at(json.loads(answer), path) for name, path in step.get("keep", {}).items()}
            except (KeyError, IndexError, TypeError) as missing:
                talk.broken = f"{name} answered {answer[:400]}, which lacks {missing}"
                break
        return talk


BY_HAND = """\
You play the assistant. Read one JSON object a line from the person's side, write one a line:
  {"call": "find_pet", "with": {"name": "Míu"}}     call a tool; its answer comes back
  {"ask": "Which Míu?"}                             ask the person; their reply comes back
  {"say": "Saved."}                                 answer the person; their next line, or the end, comes back
"""


class ByHand:
    """Whoever reads `out` and writes lines to `source`: any model behind any interface, or a person."""

    speaks = True

    def __init__(self, source: TextIO, out: TextIO) -> None:
        self._source, self._out = source, out
        self._introduced: set[str] = set()
        self._number = 0
        self._show(BY_HAND)

    def play(self, stage: Stage) -> Talk:
        scenario, talk, person = stage.scenario, Talk(), Person(stage.scenario)
        if scenario.door not in self._introduced:
            self._introduced.add(scenario.door)
            self._show(f"##### The {scenario.door} door: instructions\n{stage.door.instructions}\n##### Its tools")
            for tool in stage.door.tools:
                self._show(json.dumps(vars(tool), ensure_ascii=False))
        # By number: a scenario's id hints at what it is about.
        self._number += 1
        self._show(
            f"##### Conversation {self._number} ({scenario.door} door). It is {scenario.now:%A %Y-%m-%d %H:%M %z}."
        )
        self._show(f"PERSON: {person.next_line()}")
        for move in self._moves():
            if "call" in move:
                answer = stage.door.call(str(move["call"]), move.get("with") or {})
                talk.calls.append((str(move["call"]), move.get("with") or {}, answer))
                self._show(f"ANSWER: {answer}")
                continue
            if "ask" in move:
                talk.ask(str(move["ask"]))
                said = person.reply() or person.next_line()
            else:
                talk.said.append(str(move.get("say", "")))
                said = person.next_line()
            if said is None:
                self._show("END of this conversation.")
                return talk
            self._show(f"PERSON: {said}")
        talk.broken = "the player went away, or took too many steps"
        return talk

    def _moves(self) -> Iterator[Mapping[str, Any]]:
        for _step in range(MOST_STEPS):
            line = self._source.readline()
            if not line:
                return
            try:
                move = json.loads(line)
            except ValueError:
                move = None
            if isinstance(move, dict) and {"call", "ask", "say"} & move.keys():
                yield move
            else:
                self._show('That is no move. Write {"call": …}, {"ask": …} or {"say": …} on one line.')

    def _show(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


class Model:
    """A model behind an OpenAI-compatible or Anthropic address. Raises requests.RequestException."""

    speaks = True

    def __init__(self, kind: str, url: str, key: str, model: str) -> None:
        self._kind, self._url, self._key, self._model = kind, url.rstrip("/"), key, model

    def play(self, stage: Stage) -> Talk:
        talk, person = Talk(), Person(stage.scenario)
        system = f"{stage.door.instructions}\n\nNow: {stage.scenario.now:%A %Y-%m-%d %H:%M %z}."
        line = person.next_line()
        messages: list[dict[str, Any]] = [{"role": "user", "content": line}]
        for _step in range(MOST_STEPS):
            text, calls = self._turn(system, stage.door.tools, messages)
            if calls:
                results = []
                for identity, name, arguments in calls:
                    answer = stage.door.call(name, arguments)
                    talk.calls.append((name, arguments, answer))
                    results.append((identity, answer))
                messages += self._results(results)
                continue
            reply = person.reply() if "?" in text else None
            if reply is not None:
                talk.ask(text)
            else:
                talk.said.append(text)
                reply = person.next_line()
            if reply is None:
                return talk
            messages.append({"role": "user", "content": reply})
        talk.broken = f"no end after {MOST_STEPS} steps"
        return talk

    def _turn(
        self, system: str, tools: list[Tool], messages: list[dict[str, Any]]
    ) -> tuple[str, list[tuple[str, str, dict[str, Any]]]]:
        """What it writes, and the calls that it wants; both are appended to `messages`."""
        if self._kind == "anthropic":
            listed = [
                {"name": one.name, "description": one.description, "input_schema": one.parameters} for one in tools
            ]
            body = {"model": self._model, "max_tokens": 2000, "system": system, "messages": messages, "tools": listed}
            headers = {"x-api-key": self._key, "anthropic-version": "2023-06-01"}
            content = self._post("/v1/messages", body, headers)["content"]
            messages.append({"role": "assistant", "content": content})
            text = "".join(block.get("text", "") for block in content)
            return text, [(one["id"], one["name"], one["input"]) for one in content if one["type"] == "tool_use"]
        functions = [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": one.parameters},
            }
            for one in tools
        ]
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, *messages],
            "tools": functions,
        }
        answer = self._post("/chat/completions", body, {"Authorization": f"Bearer {self._key}"})
        message = answer["choices"][0]["message"]
        messages.append(message)
        wanted = message.get("tool_calls") or []
        return message.get("content") or "", [
            (one["id"], one["function"]["name"], json.loads(one["function"]["arguments"] or "{}")) for one in wanted
        ]

    def _results(self, results: list[tuple[str, str]]) -> list[dict[str, Any]]:
        if self._kind == "anthropic":
            blocks = [
                {"type": "tool_result", "tool_use_id": identity, "content": answer} for identity, answer in results
            ]
            return [{"role": "user", "content": blocks}]
        return [{"role": "tool", "tool_call_id": identity, "content": answer} for identity, answer in results]

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        answer = requests.post(f"{self._url}{path}", json=body, headers=headers, timeout=180)
        answer.raise_for_status()
        return dict(answer.json())


def _filled(value: Any, stage: Stage, kept: Mapping[str, Any]) -> Any:
    """Arguments with `{pet:Name}` and kept values in place; a text that is nothing else becomes the value itself."""
    if isinstance(value, str):
        whole = _REF.fullmatch(value)
        if whole:
            return _value(whole, stage, kept)
        return _REF.sub(lambda found: str(_value(found, stage, kept)), value)
    if isinstance(value, Mapping):
        return {name: _filled(each, stage, kept) for name, each in value.items()}
    return [_filled(each, stage, kept) for each in value] if isinstance(value, list) else value


def _value(found: re.Match[str], stage: Stage, kept: Mapping[str, Any]) -> Any:
    return stage.pet_id(found[2]) if found[1] else kept[found[2]]


def _at(answer: Any, path: str) -> Any:
    """The value at `$.candidates[0].id`. Raises KeyError or IndexError where there is none."""
    for name, index in re.findall(r"\.([A-Za-z_]\w*)|\[(\d+)\]", path):
        answer = answer[int(index)] if index else answer[name]
    return answer
