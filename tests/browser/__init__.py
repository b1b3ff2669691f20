"""The pages in a real browser: Chromium, which Playwright drives, at a home that is served here."""
