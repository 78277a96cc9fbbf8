"""Works out the answers of the demo committee from its files alone, slowly and plainly, from the text of the rules.

    python processes/party_points/demo/expected/expected.py [package folder]

It knows nothing of the program. What it writes beside itself: ``months.csv`` (the base of every member and month),
``quarters.csv``, ``results.csv`` and ``standards.csv``.
"""

import csv
import json
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import ceil
from pathlib import Path

YEAR = 2026
FULL = {
    "politics": 25,
    "discipline": 25,
    "morality": 25,
    "performance": 10,
    "innovation": 5,
    "cooperation": 5,
    "assignment": 5,
}
MONTHLY_SHARE, REVIEW_SHARE = Fraction(9, 10), Fraction(1, 10)
LINES = [("优秀", 100), ("合格", 90), ("基本合格", 80)]
STANDARDS = [
    ("优秀", Fraction(20, 100)),
    ("合格", Fraction(70, 100)),
    ("一般", Fraction(95, 100)),
    ("后进", Fraction(1)),
]
MONTHS = [f"{YEAR}-{number:02d}" for number in range(1, 13)]
QUARTERS = {f"{YEAR}-Q{number}": MONTHS[number * 3 - 3 : number * 3] for number in range(1, 5)}

Table = list[dict[str, str]]


def read(folder: Path, name: str) -> Table:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compute(folder: Path) -> dict[str, Table]:
    """All answers, by the name of the file they stand in."""
    year = Year(folder)
    return {
        "months": year.month_rows(),
        "quarters": year.quarter_rows(),
        "results": year.result_rows(),
        "standards": year.standard_rows(),
    }


class Year:
    def __init__(self, folder: Path) -> None:
        self.items = {row["code"]: row for row in read(folder, "items.csv")}
        self.terms = [row for row in read(folder, "demo/appointments.csv") if row["role"] == "member"]
        self.secretaries = {
            row["account"] for row in read(folder, "demo/appointments.csv") if row["role"] == "secretary"
        }
        self.chairs = {
            row["unit"]: row["account"]
            for row in read(folder, "demo/appointments.csv")
            if row["role"] == "secretary" and row["unit"].startswith("Z")
        }
        self.events = [(row, json.loads(row["json"])) for row in read(folder, "demo/events.csv")]
        self.marked = {(row["account"], row["month"]): row for row in read(folder, "demo/ratings.csv")}
        self.reviews = {row["account"]: Fraction(row["score"]) for row in read(folder, "demo/reviews.csv")}
        self.confirmed = {(row["account"], row["month"]) for row in read(folder, "demo/self_ratings.csv")}
        self.accounts = sorted({row["account"] for row in self.terms})
        #: (account, item, day, points), counter-entries among them.
        self.entries = [
            (row["account"], row["item"], row["day"], Fraction(row["points"] or self.items[row["item"]]["points"]))
            for row in read(folder, "demo/entries.csv")
        ]
        self.sign_in()
        self.undo()
        #: (account, item, month) -> points.
        self.nets: dict[tuple[str, str, str], Fraction] = {}
        for account, item, day, points in self.entries:
            key = account, item, day[:7]
            self.nets[key] = self.nets.get(key, Fraction(0)) + points
        self.vetoed = {content["account"] for content in self.decided_vetoes()}
        self.bases = {
            (account, month): self.base(account, month)
            for account in self.accounts
            for month in MONTHS
            if self.branch(account, last_day(month))
        }

    # What the events add to the entries

    def sign_in(self) -> None:
        activities = {content["key"]: content for row, content in self.events if row["kind"] == "activity"}
        been: set[tuple[str, str]] = set()
        for row, content in self.events:
            if row["kind"] == "sign_in" and (row["by"], content["activity"]) not in been:
                been.add((row["by"], content["activity"]))
                held = activities[content["activity"]]
                points = Fraction(self.items[held["item"]]["points"])
                self.entries.append((row["by"], held["item"], held["starts_at"][:10], points))

    def undo(self) -> None:
        """A counter-entry carries the day of what it undoes while that month takes entries, else its own day."""
        for row, content in self.events:
            if row["kind"] == "reversal":
                self.undo_one(content["account"], content["item"], content["day"], row["at"][:10])
            # The discipline secretary upholds the appeal of m36 and rejects those of m37 and m38.
            if row["kind"] == "appeal" and row["by"] == "m36":
                self.undo_one(row["by"], content["item"], content["day"], row["at"][:10])

    def undo_one(self, account: str, item: str, day: str, today: str) -> None:
        points = next(points for who, what, when, points in self.entries if (who, what, when) == (account, item, day))
        self.entries.append((account, item, day if day[:7] == today[:7] else today, -points))

    def decided_vetoes(self) -> list[dict[str, str]]:
        """Those of m30 and m48 are confirmed, that of m24 is not."""
        return [
            content for row, content in self.events if row["kind"] == "veto" and content["account"] in ("m30", "m48")
        ]

    # Months

    def branch(self, account: str, day: str) -> str:
        for row in self.terms:
            if row["account"] == account and row["from"] <= day and (not row["to"] or day <= row["to"]):
                return row["unit"]
        return ""

    def accumulated(self, account: str, month: str, leaf: str) -> Fraction:
        done, forbidden = Fraction(0), Fraction(0)
        for code, item in self.items.items():
            if item["category"] == leaf:
                net = self.nets.get((account, code, month), Fraction(0))
                if item["kind"] == "forbidden":
                    forbidden += net
                else:
                    done += min(net, Fraction(item["limit"])) if item["limit"] else net
        return min(Fraction(FULL[leaf]), max(Fraction(0), min(Fraction(FULL[leaf]), done) + forbidden))

    def base(self, account: str, month: str) -> Fraction:
        """What the rater gave; where nobody rated, what the entries say."""
        marks = {leaf: self.accumulated(account, month, leaf) for leaf in FULL}
        given = self.marked.get((account, month))
        if given and not self.is_silent(account, month):
            marks |= {leaf: Fraction(given[leaf]) for leaf in FULL if given[leaf]}
        return sum(marks.values(), Fraction(0))

    def is_silent(self, account: str, month: str) -> bool:
        branch = self.branch(account, last_day(month))
        # Who chairs the branch is rated by the committee's secretary, who hands in every month.
        return self.chairs[branch] != account and any(
            row["kind"] == "silent_rater" and (content["rater"], content["round"]) == (f"secretary@{branch}", month)
            for row, content in self.events
        )

    def month_rows(self) -> Table:
        return [
            {
                "account": account,
                "month": month,
                "branch": self.branch(account, last_day(month)),
                "base": text(base),
                "confirmed": "1" if (account, month) in self.confirmed else "0",
            }
            for (account, month), base in self.bases.items()
        ]

    def quarter_rows(self) -> Table:
        rows = []
        for quarter, months in QUARTERS.items():
            for account in self.accounts:
                bases = [self.bases[account, month] for month in months if (account, month) in self.bases]
                if bases:
                    honours = text(self.honours(account, months))
                    mean = text(stored(sum(bases, Fraction(0)) / len(bases)))
                    rows.append({"account": account, "quarter": quarter, "mean": mean, "honours": honours})
        return rows

    def honours(self, account: str, months: list[str]) -> Fraction:
        kept = [code for code, item in self.items.items() if item["kind"] == "honour"]
        return sum(
            (self.nets.get((account, code, month), Fraction(0)) for code in kept for month in months), Fraction(0)
        )

    # The year

    def score(self, account: str) -> Fraction:
        """Mean of the member's months × 90 % + democratic review × 10 % + honours; exact (S4)."""
        bases = [base for (who, _), base in self.bases.items() if who == account]
        mean = sum(bases, Fraction(0)) / len(bases)
        return mean * MONTHLY_SHARE + self.reviews[account] * REVIEW_SHARE + self.honours(account, MONTHS)

    def scores(self) -> dict[str, Fraction]:
        """Of everybody who is a member at the year's end and not vetoed."""
        return {
            account: self.score(account)
            for account in self.accounts
            if self.branch(account, f"{YEAR}-12-31") and account not in self.vetoed
        }

    def result_rows(self) -> Table:
        scores = self.scores()
        rows = []
        for account in self.accounts:
            group = self.branch(account, f"{YEAR}-12-31")
            if group:
                peers = [who for who in scores if self.branch(who, f"{YEAR}-12-31") == group]
                rows.append({"unit": account, "group": group, **self.standing(account, scores, peers)})
        return rows

    def standing(self, account: str, scores: dict[str, Fraction], peers: list[str]) -> dict[str, str]:
        """A vetoed member has no points at all."""
        if account not in scores:
            return {"score": "", "rank": "", "grade": ""}
        score = text(stored(scores[account]))
        return {"score": score, "rank": str(place(account, scores, peers)), "grade": grade(scores[account])}

    def standard_rows(self) -> Table:
        scores = self.scores()
        rows = []
        for account in scores:
            rank = place(account, scores, list(scores))
            standard = next(name for name, share in STANDARDS if rank <= ceil(share * len(scores)))
            rows.append({"account": account, "standard": standard, "rank": str(rank)})
        return rows


def last_day(month: str) -> str:
    year, number = map(int, month.split("-"))
    return str(date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1))


def place(account: str, scores: dict[str, Fraction], peers: list[str]) -> int:
    """One more than there are better ones: 1, 2, 2, 4. Stored scores are compared."""
    return 1 + sum(stored(scores[peer]) > stored(scores[account]) for peer in peers)


def grade(score: Fraction) -> str:
    """By the lines, on the exact score."""
    return next((name for name, line in LINES if score >= line), "不合格")


def stored(value: Fraction) -> Fraction:
    """Six decimals, halves up."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return Fraction(exact.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def text(value: Fraction) -> str:
    """Every digit, no trailing zeros, no exponent."""
    digits = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def write(folder: Path) -> None:
    for name, table in compute(folder).items():
        with (folder / "demo" / "expected" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2])
