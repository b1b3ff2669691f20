"""A worker: carries facts from the partitions that its group gives it into the views."""
