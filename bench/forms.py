"""Files of CSV in several forms, to be read."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal, NamedTuple


class Form(NamedTuple):
    """``quoting`` is one of ``csv``'s; ``between`` stands between the words of a text."""

    title: str
    quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
    between: str = " "
    columns: int = 6


FORMS = {
    "plain": Form("without quotes"),
    "quoted": Form("wholly quoted", csv.QUOTE_ALL),
    "letters": Form("quoted, with commas and lines' ends within", csv.QUOTE_ALL, ",\n"),
    "doubled": Form("with doubled quotes within", between=', "'),
    "wide": Form("of 30 columns", columns=30),
}

_WORDS = ("wrong", "size", "delivered", "late", "à", "refund", "please")


def written(folder: Path, rows: int) -> None:
    """A file of each form, with so many rows of numbers and a text."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, form in FORMS.items():
        path = folder / file_of(name)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=form.quoting, lineterminator="\n")
            writer.writerow([f"column_{number}" for number in range(form.columns)])
            for number in range(rows):
                numbers = [number * place % 99_991 for place in range(1, form.columns)]
                text = form.between.join(_WORDS[number % 4 : number % 7 + 1])
                writer.writerow([*numbers, text])


def file_of(form: str) -> str:
    """The name of the file of a form."""
    return f"{form}.csv"
