"""The kinds of value that metrics have: how units become a number.

Each is a pure function, from what SQL sums up of the units of one group (counts, or the durations
themselves) to the value as it is answered, its keys in their order.
"""
