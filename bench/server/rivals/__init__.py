"""What others offer to fill a table from a stream, each as its documentation tells.

These modules run in the environment of ``bench/requirements.txt``, where Pledger's own packages are
not: they import nothing of Pledger but the codec, the watch and each other. All of them keep the
same table by the same steps (``table``), which know less than Pledger's rules.
"""
