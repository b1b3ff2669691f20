"""Connected components of an undirected graph, in linear time (union-find).

Stitching facts to journeys and names to customers is this one question. A recursive SQL query
answers it in quadratic time on a long chain; here 50,000 links in a row take no more than others.
"""

from __future__ import annotations

from collections.abc import Iterable


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Each node that is in a pair, with the smallest node of its component.

    A pair of a node with itself puts that node into the answer and links nothing. Union by size
    with path halving (Tarjan and van Leeuwen, 1984): practically linear in the number of pairs.
    """
    parent: dict[int, int] = {}
    size: dict[int, int] = {}
    smallest: dict[int, int] = {}

    def root(node: int) -> int:
        if node not in parent:
            parent[node] = smallest[node] = node
            size[node] = 1
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for left, right in pairs:
        big, small = root(left), root(right)
        if big == small:
            continue
        if size[big] < size[small]:
            big, small = small, big
        parent[small] = big
        size[big] += size[small]
        smallest[big] = min(smallest[big], smallest[small])
    return {node: smallest[root(node)] for node in parent}
