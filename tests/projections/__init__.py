"""The views held to the folds of domain/, and the homes of views held to their contract."""
