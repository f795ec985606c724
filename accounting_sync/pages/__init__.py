"""Doors for the browser: the accounting pages, the box on a record's page, the banner on every page."""
