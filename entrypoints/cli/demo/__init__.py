"""The demo: the simulated rose grower in a folder, and what can be asked about it."""

from __future__ import annotations

#: The file in a demo's folder that says which demo it is, and whether it was finished.
MARKER = "demo.json"
