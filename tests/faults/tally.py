"""What came of a fault that was put in many times: outcomes that may be, and every one that must not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """`name` is the fault (F1 …), `done` what was done. `wrong` must stay empty; `skipped` says why nothing ran."""

    name: str
    done: str
    outcomes: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    skipped: str = ""

    def __call__(self, outcome: str, count: int = 1) -> None:
        self.outcomes[outcome] += count

    def check(self, good: object, otherwise: str) -> bool:
        """Something that must hold; what is said when it does not."""
        if not good:
            self.wrong.append(otherwise)
        return bool(good)

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())

    def row(self) -> str:
        outcome = self.skipped and f"skipped: {self.skipped}"
        outcome = outcome or ", ".join(f"{count} {what}" for what, count in self.outcomes.most_common())
        verdict = f"**{len(self.wrong)} WRONG**: {self.wrong[0]}" if self.wrong else "0 wrong"
        notes = "".join(f"; {note}" for note in self.notes)
        return f"| {self.name} | {self.done} | {self.count} | {outcome}{notes} | {'' if self.skipped else verdict} |"


HEAD = "| fault | what was done | how many | outcome | wrong |\n| --- | --- | ---: | --- | --- |"


def holds(*tallies: Tally) -> None:
    """The end of a test: nothing wrong, and something done."""
    for tally in tallies:
        assert tally.wrong == [], f"{tally.name}: {tally.wrong[:5]}"
        assert tally.count or tally.skipped, f"{tally.name}: nothing was done"
