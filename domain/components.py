"""Connected components of an undirected graph, in linear time (union-find).

Stitching facts to journeys and names to customers is this one question. A recursive SQL query
answers it in quadratic time on a long chain; here 50,000 links in a row take no more than others.
"""

from __future__ import annotations

from collections.abc import Iterable


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Each node that is in a pair, with the smallest node of its component.

    A pair of a node with itself puts that node into the answer and links nothing. The smaller root
    adopts the larger, and each walk to a root halves its path (Tarjan and van Leeuwen, 1984), so
    the work is practically linear in the number of pairs.
    """
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        above = parent.setdefault(node, node)
        while above != node:
            parent[node] = node = parent[above]
            above = parent[node]
        return node

    for left, right in pairs:
        one, other = root(left), root(right)
        if one < other:
            parent[other] = one
        elif other < one:
            parent[one] = other
    for node in sorted(parent):  # what is above a node is smaller, and has its root by then
        parent[node] = parent[parent[node]]
    return parent
