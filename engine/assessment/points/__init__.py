"""Points of persons (S4): items, daily entries, months, the year's formula, activities. Plain rows; people decide by tasks.

A member's month is four categories that sum to 100; honours come on top without a cap. Daily entries are only ever added.
"""
