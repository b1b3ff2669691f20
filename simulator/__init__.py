"""The rose grower of the demo, who is invented: a seed in, the facts of some years out."""
