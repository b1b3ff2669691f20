"""The harness itself: a document that lies must not pass."""

from __future__ import annotations

import pytest

from tests.docs.console import Command, File, matches, steps

DOCUMENT = """\
# A title

<!-- file: facts/one.jsonl -->
```json
{"a": 1}

```

```sh
./pledger not a console
```

   ```console
   $ ./pledger emit one.jsonl
   accepted  1
   $ cat <<EOF
   > a
   >   b
   > EOF
   a
     b
   ```

<!-- not run: takes an hour -->
```console
$ ./pledger everything
```

<!-- numbers vary -->
```console
$ ./pledger rebuild
20 facts in 3 s

$ ./pledger commitment NONE
no commitment NONE
[exit status 2]
```
"""


def test_what_a_document_does() -> None:
    assert steps(DOCUMENT) == [
        File(4, "facts/one.jsonl", '{"a": 1}\n\n'),
        Command(14, "./pledger emit one.jsonl", ("accepted  1",)),
        Command(16, "cat <<EOF\na\n  b\nEOF", ("a", "  b")),
        Command(31, "./pledger rebuild", ("20 facts in 3 s",), 0, numbers_vary=True),
        Command(34, "./pledger commitment NONE", ("no commitment NONE",), 2, numbers_vary=True),
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("```console\nno dollar\n```\n", "line 2: expected a command"),
        ("\n```console\n$ true\n", "line 2: the block is not closed"),
        ("<!-- not run: -->\n```console\n$ true\n```\n", "line 2: expected <!-- not run: REASON"),
        ("<!-- numbers vary -->\n```json\n{}\n```\n", "line 2: <!-- numbers vary --> before"),
    ],
)
def test_a_block_that_is_not_understood_is_named(document: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        steps(document)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ([], []),
        (["a", "b"], ["a  ", "b"]),
        (["a", "…", "d"], ["a", "b", "c", "d"]),
        (["a", "…", "d"], ["a", "d"]),
        (["…"], []),
        (["took … s"], ["took 1.25 s"]),
        (["(a+b) [c]"], ["(a+b) [c]"]),
    ],
)
def test_what_is_shown_matches(shown: list[str], printed: list[str]) -> None:
    assert matches(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ([], ["a"]),
        (["a"], []),
        (["a"], ["a", "b"]),
        (["a", "b"], ["b", "a"]),
        (["a", "…", "d"], ["a", "b"]),
        (["took … s"], ["took", "1 s"]),
        (["a.c"], ["abc"]),
        (["1"], ["2"]),
    ],
)
def test_what_is_not_shown_does_not_match(shown: list[str], printed: list[str]) -> None:
    assert not matches(shown, printed)


def test_numbers_may_vary_and_words_may_not() -> None:
    shown = ["care    1,204  71.5 %  ██████░░", "────────"]
    assert matches(shown, ["care  98  8 %  █░░░░░░", "────"], numbers_vary=True)
    assert not matches(shown, ["shop  98  8 %  █░░░░░░", "────"], numbers_vary=True)
    assert not matches(shown, ["care  98  8 %  █░░░░░░", "────"])
