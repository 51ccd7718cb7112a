"""The outcomes of a fault that was injected many times: counts of allowed outcomes, and a list of wrong ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """The outcomes of the fault `name` (F1 …) after an `action`; `skipped` is the reason why nothing ran."""

    name: str
    action: str
    outcomes: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    skipped: str = ""

    def __call__(self, outcome: str, count: int = 1) -> None:
        self.outcomes[outcome] += count

    def check(self, good: object, otherwise: str) -> bool:
        """Return whether a condition holds; if not, add `otherwise` to the wrong outcomes."""
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
        return f"| {self.name} | {self.action} | {self.count} | {outcome}{notes} | {'' if self.skipped else verdict} |"


HEAD = "| fault | action | how many | outcome | wrong |\n| --- | --- | ---: | --- | --- |"


def verify(*tallies: Tally) -> None:
    """Fail the test if an outcome is wrong, or if there is none."""
    for tally in tallies:
        assert tally.wrong == [], f"{tally.name}: {tally.wrong[:5]}"
        assert tally.count or tally.skipped, f"{tally.name}: no outcome"
