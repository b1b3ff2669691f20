"""Plain pages for people: no script, no style, nothing of another host."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> HTMLResponse:
    """A page with a title, which is text, and a body, which is HTML."""
    return HTMLResponse(_PAGE.format(title=escape(title), body=body))
