"""Pictures as SVG text: pure functions from numbers and words to a drawing, and to the same numbers
as a table. They know no page, no colour (the stylesheet has these) and no language but the one that
they are given."""
