"""What the tests of several exercises share."""

from __future__ import annotations

PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo", "mia", "ned")
THINGS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")
