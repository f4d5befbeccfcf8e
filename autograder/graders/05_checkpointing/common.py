"""What the tests of several exercises share."""

from __future__ import annotations

STATIONS = ("load", "check", "price", "tax", "reserve", "pack", "label", "ship", "invoice", "mail", "archive")
PLACES = ("Hamburg", "Oslo", "Turin", "Porto", "Lyon", "Gdansk", "Cork", "Graz", "Bergen", "Split")
BUDGET_PEOPLE = ("mara", "noor", "otis", "pia", "quin", "rosa", "sven", "tara")
