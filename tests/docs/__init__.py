"""The README and the docs, run: what they show is what happens.

Each document is run from top to bottom in one empty folder, where ``./pledger`` is the checkout's
launcher, ``.venv/`` its environment, and ``mappings/``, ``policies/`` and ``docs/`` are copies of
the checkout's. Readers go through several in one folder, so no two guides may use one home
(``test_homes.py``). These are the conventions:

- A block fenced as ``console`` is run. Lines that start with ``$ `` are commands, given to ``sh``;
  a command goes on in lines that start with ``> ``. The lines after it, up to the next ``$ ``, are
  what it prints (both streams, as a terminal shows them), compared line by line; spaces at the end
  of a line do not count.
- ``export NAME=VALUE`` holds for the commands after it, as in a shell.
- ``…`` within a line stands for any text; a line that is ``…`` alone stands for any lines, or none.
- A command must succeed, unless its output ends with the line ``[exit status 2]``.
- ``<!-- numbers vary -->`` in the line before a block: any number will do where a number is shown,
  and lengths of spaces, rules and bars do not count.
- ``<!-- not run: REASON -->`` in the line before a block: it is shown only.
- ``<!-- file: NAME -->`` in the line before a block of any language: its content is saved under
  that name, for the commands that follow.
- ``<!-- server -->`` on a line of its own, anywhere: the document needs a Kafka broker and a
  PostgreSQL database, and is skipped, visibly, where there are none. It calls them
  ``localhost:9092`` and ``host=localhost dbname=pledger user=pledger``, the password
  ``a-long-password`` and the topic ``pledger.facts``; where it is run they are others, and what is
  printed is compared as if they were these. The database is empty and the topic not made yet.
- ``<!-- demo -->`` on a line of its own, anywhere: the document asks the home ``brumelle``, which
  ``./pledger demo --customers 3000 --home brumelle`` has made, once for all such documents. It
  only asks: what it wrote there, others would find.
- ``<!-- data -->`` on a line of its own, anywhere: the document reads data sets that are not part
  of the project, in a folder ``data``, and is skipped, visibly, where they are not beside it.
- What a command starts and leaves running, with its output sent to a file, runs until the document
  ends.

Terminals are 100 columns wide here, without colours. Answers about "now" change every day, so give
``--as-of``.
"""
