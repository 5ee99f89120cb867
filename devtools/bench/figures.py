"""What a benchmark says: figures, some of them with a bar to reach."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`bar` is the least that is good enough, `most` the most; neither where the figure only informs."""

    bench: str
    metric: str
    value: float
    unit: str
    bar: float | None = None
    most: float | None = None

    @property
    def is_good(self) -> bool:
        return (self.bar is None or self.value >= self.bar) and (self.most is None or self.value <= self.most)

    def as_json(self) -> str:
        return json.dumps(
            {
                "bench": self.bench,
                "metric": self.metric,
                "value": round(self.value, 3),
                "unit": self.unit,
                "bar": self.most if self.bar is None else self.bar,
                "ok": self.is_good,
            }
        )

    def as_line(self) -> str:
        return f"{self.bench:<8} {self.metric:<36} {self.value:>12,.2f} {self.unit:<8}{self._verdict()}".rstrip()

    def _verdict(self) -> str:
        if self.bar is None and self.most is None:
            return ""
        limit = f"bar {self.bar:g}" if self.bar is not None else f"at most {self.most:g}"
        return f"  {limit}: {'ok' if self.is_good else 'MISSED'}"
