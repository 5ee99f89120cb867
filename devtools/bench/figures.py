"""What a benchmark says: figures, some of them with a bar to reach."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`bar` is the least that is good enough; None where the figure only informs."""

    bench: str
    metric: str
    value: float
    unit: str
    bar: float | None = None

    @property
    def is_good(self) -> bool:
        return self.bar is None or self.value >= self.bar

    def as_json(self) -> str:
        return json.dumps(
            {
                "bench": self.bench,
                "metric": self.metric,
                "value": round(self.value, 3),
                "unit": self.unit,
                "bar": self.bar,
                "ok": self.is_good,
            }
        )

    def as_line(self) -> str:
        verdict = "" if self.bar is None else f"  bar {self.bar:g}: {'ok' if self.is_good else 'MISSED'}"
        return f"{self.bench:<8} {self.metric:<28} {self.value:>12,.2f} {self.unit:<8}{verdict}"
