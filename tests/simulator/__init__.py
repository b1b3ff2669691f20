"""The simulator repeats itself, and what it decided is what the folds draw from its facts."""
